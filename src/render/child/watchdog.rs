//! The watchdog: a process of our own that outlives the run by a moment and takes away what a killed run leaves behind.
//!
//! It reads standard input, a pipe whose other end only the run holds. Whatever ends the run, `SIGKILL` included, closes
//! the pipe; then the watchdog kills the groups of processes that the run named and removes the scratch folder. So no
//! signal needs a handler. It stands in a group of its own: an interrupt from the terminal does not reach it.
//!
//! It starts a second one, to which it passes on what it reads: that one works where run and watchdog are killed together.
//! On Linux it leaves the network as well; children of the run join it there.
//!
//! A message is `folder PATH`, `group NUMBER`, `done NUMBER` or `end`, ended by a zero byte, as a path may hold a line end.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Mutex, OnceLock};

use super::folder;

/// The words on the command line that make this program a watchdog, and the second one.
const WORD: &str = "keep";
const SECOND: &str = "keep-after";

/// What a watchdog writes first: whether it could leave the network.
const OFFLINE: u8 = b'+';
const ONLINE: u8 = b'-';

/// The run's end of the pipe.
#[derive(Debug)]
pub(super) struct Watchdog {
    process: Child,
    pipe: Mutex<ChildStdin>,
    answer: Mutex<Option<ChildStdout>>,
    offline: OnceLock<bool>,
}

impl Watchdog {
    /// Starts `program`, which is this one. A run without a watchdog leaves something behind only where it is killed.
    pub(super) fn start(program: &Path) -> Option<Self> {
        let mut command = Command::new(program);
        command.arg(WORD).stdout(Stdio::piped());
        let mut process = spawn(&mut command).ok()?;
        let pipe = Mutex::new(process.stdin.take()?);
        let answer = Mutex::new(process.stdout.take());
        Some(Self { process, pipe, answer, offline: OnceLock::new() })
    }

    /// The process whose network leads nowhere; none where the kernel allows no such network.
    #[cfg(target_os = "linux")]
    pub(super) fn network(&self) -> Option<u32> {
        let offline = self.offline.get_or_init(|| {
            let mut byte = [ONLINE];
            let answer = self.answer.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            answer.is_some_and(|mut answer| answer.read_exact(&mut byte).is_ok()) && byte[0] == OFFLINE
        });
        offline.then(|| self.process.id())
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
        let Self { mut process, pipe, .. } = self;
        drop(pipe);
        let _ = process.wait();
    }
}

/// What the program does where it started itself; nothing where a person did. Asked before anything else: it is ready at once.
pub fn own_work(mut arguments: impl ExactSizeIterator<Item = OsString>) -> Option<ExitCode> {
    let count = arguments.len();
    match arguments.nth(1)?.to_str()? {
        WORD if count == 2 => watch(),
        SECOND if count == 3 => watch_second(arguments.next()?.to_str()?.parse().ok()?),
        #[cfg(target_os = "linux")]
        super::start::WORD if count > 4 => return Some(super::start::start(arguments)),
        _ => return None,
    }
    Some(ExitCode::SUCCESS)
}

/// Waits for the end of the run, then takes away what is left.
fn watch() {
    #[cfg(target_os = "linux")]
    let offline = super::network::leave().is_ok();
    #[cfg(not(target_os = "linux"))]
    let offline = false;
    let _ = std::io::stdout().write_all(&[if offline { OFFLINE } else { ONLINE }]);
    let _ = std::io::stdout().flush();
    let mut second = second();
    let pipe = second.as_mut().and_then(|second| second.stdin.take());
    let mut all = Leftovers::default();
    let pipe = all.read_all(std::io::stdin().lock(), pipe);
    all.remove();
    if let (Some(mut second), Some(mut pipe)) = (second, pipe) {
        let _ = pipe.write_all(b"end\0");
        drop(pipe);
        let _ = second.wait();
    }
}

/// The second watchdog, which knows the run by its number: the parent of the first.
fn second() -> Option<Child> {
    #[cfg(unix)]
    let run = rustix::process::getppid()?.as_raw_nonzero().to_string();
    #[cfg(not(unix))]
    let run: String = None?;
    let mut command = Command::new(std::env::current_exe().ok()?);
    command.args([SECOND, &run]).stdout(Stdio::null());
    spawn(&mut command).ok()
}

/// Reads what the first watchdog reads. Where that one is killed, waits for the end of the run in its place.
fn watch_second(run: u32) {
    let mut all = Leftovers::default();
    all.read_all(std::io::stdin().lock(), None);
    if !all.ended {
        while is_running(run) {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        all.remove();
    }
}

/// Starts a watchdog: in a group of its own, and of the root folder, as any other could not be unmounted while it lives.
fn spawn(command: &mut Command) -> std::io::Result<Child> {
    command.env_clear().stdin(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command.current_dir("/"), 0);
    command.spawn()
}

/// Whether a process is there and has not ended.
fn is_running(process: u32) -> bool {
    // The state stands behind the name, which may hold any character but ends at the last parenthesis (proc(5)).
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).ok();
    let state = state.and_then(|stat| stat.rsplit_once(") ")?.1.chars().next());
    #[cfg(unix)]
    let is_there = rustix::process::test_kill_process(pid(process)).is_ok();
    #[cfg(not(unix))]
    let is_there = false;
    is_there && state != Some('Z')
}

/// What is to be removed when the run has ended.
#[derive(Default)]
struct Leftovers {
    folders: Vec<PathBuf>,
    #[cfg_attr(not(unix), expect(dead_code, reason = "groups of processes are of Unix"))]
    groups: Vec<i32>,
    /// Somebody else took it all away.
    ended: bool,
}

impl Leftovers {
    /// Reads messages until the other end of `input` is closed, and passes all on to the second watchdog.
    fn read_all(&mut self, mut input: impl Read, mut second: Option<ChildStdin>) -> Option<ChildStdin> {
        let (mut unread, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return second,
                Ok(length) => {
                    unread.extend_from_slice(&buffer[..length]);
                    // A second watchdog that was killed is no reason to stop.
                    second = second.filter(|mut pipe| pipe.write_all(&buffer[..length]).is_ok());
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return second,
            }
            while let Some(end) = unread.iter().position(|byte| *byte == 0) {
                self.read(&unread[..end]);
                unread.drain(..=end);
            }
        }
    }

    fn read(&mut self, message: &[u8]) {
        let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<i32>().ok().filter(|n| *n > 1);
        if let Some(path) = message.strip_prefix(b"folder ") {
            self.folders.extend(path_of(path).filter(|path| folder::is_ours(path)));
        } else if let Some(group) = message.strip_prefix(b"group ") {
            self.groups.extend(number(group));
        } else if let Some(group) = message.strip_prefix(b"done ").and_then(number) {
            self.groups.retain(|known| *known != group);
        } else if message == b"end" {
            self.ended = true;
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
