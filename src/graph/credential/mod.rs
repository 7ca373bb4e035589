//! Credentials: Secrets and who reads them, literals, tokens, logins, long-lived keys.

pub mod api_server;
pub mod file_variables;
pub mod literal;
pub mod logins;
pub mod mounted;
pub mod needless;
pub mod secret_use;
pub mod static_keys;
pub mod stored;
pub mod token;
pub mod token_reader;
pub mod values;
