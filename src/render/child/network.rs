//! A network that leads nowhere: a namespace of the Linux kernel with no device but a loopback that is down.
//!
//! Closed proxies do not keep programs in Go from servers on the machine itself. This does, where the kernel allows it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space};

/// Gives this process such a network.
///
/// # Errors
///
/// Where the kernel, or the container around it, does not allow it.
pub(super) fn leave() -> io::Result<()> {
    // The superuser needs nothing else. Anybody else may do it in a user namespace, in which only this process is.
    let own = unshare(UnshareFlags::NEWNET);
    Ok(own.or_else(|_| unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNET))?)
}

#[expect(deprecated, reason = "only the flag FILES, which shares open files no longer, makes it unsafe")]
fn unshare(flags: UnshareFlags) -> rustix::io::Result<()> {
    rustix::thread::unshare(flags)
}

/// Moves this process into the network of another one, which left its own by [`leave`].
///
/// # Errors
///
/// Where the other process is gone or of another user.
pub(super) fn join(process: u32) -> io::Result<()> {
    let open = |kind: &str| File::open(format!("/proc/{process}/ns/{kind}"));
    let (user, network) = (open("user")?, open("net")?);
    // The superuser is in the right one already, and no process may enter its own.
    let _ = move_into_link_name_space(user.as_fd(), Some(LinkNameSpaceType::User));
    Ok(move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))?)
}
