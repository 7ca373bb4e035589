//! Where objects stand: sources, namespaces, who runs as which account, who deploys and owns what.

pub mod account;
pub mod build;
pub mod deployer;
pub mod elsewhere;
pub mod environment;
pub mod existence;
pub mod owner;
pub mod sharing;
pub mod sources;
