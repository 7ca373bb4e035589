//! The watchdog: a process of our own that outlives the run by a moment and takes away what a killed run leaves behind.
//!
//! It reads standard input, a pipe whose other end only the run holds. Whatever ends the run, `SIGKILL` included, closes
//! the pipe; then the watchdog kills the groups of processes that the run named and removes the scratch folder. So no
//! signal needs a handler. It stands in a group of its own: an interrupt from the terminal does not reach it.
//!
//! A message is `folder PATH`, `group NUMBER` or `done NUMBER`, ended by a zero byte, as a path may hold a line end.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use super::folder;

/// The word on the command line that makes this program a watchdog.
const WORD: &str = "keep";

/// The run's end of the pipe.
#[derive(Debug)]
pub(super) struct Watchdog {
    process: Child,
    pipe: Mutex<ChildStdin>,
}

impl Watchdog {
    /// Starts `program`, which is this one. A run without a watchdog leaves something behind only where it is killed.
    pub(super) fn start(program: &Path) -> Option<Self> {
        let mut command = Command::new(program);
        command.arg(WORD).env_clear().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            // Of the root folder, as any other could not be unmounted while the watchdog lives.
            command.process_group(0).current_dir("/");
        }
        let mut process = command.spawn().ok()?;
        let pipe = Mutex::new(process.stdin.take()?);
        Some(Self { process, pipe })
    }

    /// A folder that goes with the run; sent before it is made.
    pub(super) fn folder(&self, path: &Path) {
        self.send([b"folder ", path.as_os_str().as_encoded_bytes()].concat());
    }

    /// A group that goes with the run.
    pub(super) fn group(&self, number: u32) {
        self.send(format!("group {number}").into_bytes());
    }

    /// The group is no more; sent before its number can be given to another.
    pub(super) fn done(&self, number: u32) {
        self.send(format!("done {number}").into_bytes());
    }

    fn send(&self, mut message: Vec<u8>) {
        message.push(0);
        let mut pipe = self.pipe.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A watchdog that was killed is no reason to stop: all is taken away at the end of the run as well.
        let _ = pipe.write_all(&message);
    }

    /// Lets it go, after everything was taken away.
    pub(super) fn finish(self) {
        let Self { mut process, pipe } = self;
        drop(pipe);
        let _ = process.wait();
    }
}

/// Whether the program was started as a watchdog. Asked before anything else: a watchdog is ready at once.
pub fn is_watchdog(mut arguments: impl ExactSizeIterator<Item = OsString>) -> bool {
    arguments.len() == 2 && arguments.nth(1).is_some_and(|word| word == WORD)
}

/// What the program does when it is started as a watchdog: waits for the end of `input`, then takes away.
pub fn run_watchdog(mut input: impl Read) {
    let mut leftovers = Leftovers::default();
    let (mut unread, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => unread.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
        while let Some(end) = unread.iter().position(|byte| *byte == 0) {
            leftovers.read(&unread[..end]);
            unread.drain(..=end);
        }
    }
    leftovers.remove();
}

/// What is to be removed when the run has ended.
#[derive(Default)]
struct Leftovers {
    folders: Vec<PathBuf>,
    #[cfg_attr(not(unix), expect(dead_code, reason = "groups of processes are of Unix"))]
    groups: Vec<i32>,
}

impl Leftovers {
    fn read(&mut self, message: &[u8]) {
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<i32>().ok().filter(|n| *n > 1);
        if let Some(path) = message.strip_prefix(b"folder ") {
            self.folders.extend(path_of(path).filter(|path| folder::is_ours(path)));
        } else if let Some(group) = message.strip_prefix(b"group ") {
            self.groups.extend(number(group));
        } else if let Some(group) = message.strip_prefix(b"done ").and_then(number) {
            self.groups.retain(|known| *known != group);
        }
    }

    fn remove(self) {
        #[cfg(unix)]
        for group in self.groups {
            kill(group.unsigned_abs());
        }
        for folder in self.folders {
            #[cfg(target_os = "linux")]
            end_strays(&folder);
            folder::remove(&folder);
        }
    }
}

/// Kills every process whose home is in the scratch folder: a child that was started in the moment that its run was
/// killed, before the run could tell of it, and what left its group.
#[cfg(target_os = "linux")]
fn end_strays(scratch: &Path) {
    use super::environment;
    use rustix::process::{Pid, Signal, kill_process};
    use std::time::Duration;
    let home = environment::home(scratch);
    let home = [b"\0HOME=", home.as_os_str().as_encoded_bytes(), b"\0"].concat();
    let is_ours = |process: &Path| {
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let whole = [b"\0", &environment[..]].concat();
        memchr::memmem::find(&whole, &home).is_some()
    };
    // It is searched a second and a third time, as a process has the environment of its parent until it has become its program.
    for pause in [0, 10, 50] {
        std::thread::sleep(Duration::from_millis(pause));
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let number = process.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some(number) = number.and_then(Pid::from_raw)
                && is_ours(&process.path())
            {
                // Only one that is gone already cannot be killed.
                let _ = kill_process(number, Signal::KILL);
            }
        }
    }
}

/// Kills a group of processes.
#[cfg(unix)]
pub(super) fn kill(group: u32) {
    // Only one that is gone already cannot be killed.
    let _ = rustix::process::kill_process_group(pid(group), rustix::process::Signal::KILL);
}

/// The number of a process, as the system takes it.
#[cfg(unix)]
pub(super) fn pid(number: u32) -> rustix::process::Pid {
    let number = i32::try_from(number).expect("numbers of processes are positive `pid_t`");
    rustix::process::Pid::from_raw(number).expect("zero is no process")
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "not every path can be read back elsewhere")]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    Some(PathBuf::from(std::str::from_utf8(bytes).ok()?))
}

#[cfg(test)]
mod tests {
    use super::Leftovers;

    #[test]
    fn a_watchdog_removes_only_what_belongs_to_a_run() {
        let mut leftovers = Leftovers::default();
        let ours = "/tmp/nhilint-0123456789abcdef0123456789abcdef";
        for path in
            ["/", "/home", "/tmp/nhilint-", "/tmp/nhilint-x/..", "nhilint-0123456789abcdef0123456789abcdef"]
        {
            leftovers.read(format!("folder {path}").as_bytes());
        }
        leftovers.read(format!("folder {ours}").as_bytes());
        assert_eq!(leftovers.folders, [std::path::PathBuf::from(ours)]);
        // The group of everybody, of nobody, and of the watchdog itself are none.
        for message in
            ["group -1", "group 0", "group 1", "group x", "group 99999999999", "group 7", "group 8", "done 7"]
        {
            leftovers.read(message.as_bytes());
        }
        assert_eq!(leftovers.groups, [8]);
    }
}
