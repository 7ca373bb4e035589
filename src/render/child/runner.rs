//! One child from its start to its end: what it writes is read at once and bounded, and nothing of it outlives it.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::failure::{Cause, Failure};
#[cfg(unix)]
use super::watchdog::{kill, pid};
use super::{Limits, Program, Scratch, environment, printable};

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// How long the pipes of an ended child may stay open and silent: what left its group may hold them.
const LINGER: Duration = Duration::from_secs(2);

/// Starts programs, within limits and in the environment that is theirs.
#[derive(Debug)]
pub struct Runner<'r> {
    scratch: &'r Scratch,
    limits: Limits,
}

/// What a child that ended by itself left.
#[derive(Clone, Debug)]
pub struct Output {
    /// Standard output, as it was written.
    pub stdout: Vec<u8>,
    /// Standard error, for people: see [`printable::printable`].
    pub stderr: String,
    /// The exit code.
    pub code: i32,
    /// How long it ran.
    pub wall: Duration,
}

impl Output {
    /// Whether it ended well.
    #[must_use]
    pub fn success(&self) -> bool {
        self.code == 0
    }

    /// Whether it ended by a flaw of its own, as programs in Go say it: hostile input does that.
    #[must_use]
    pub fn panicked(&self) -> bool {
        let of_go = |line: &str| line.starts_with("panic: ") || line.starts_with("fatal error: ");
        self.code == 2 && self.stderr.lines().any(of_go) && self.stderr.contains("goroutine ")
    }
}

/// What the threads of a child send to the one that waits.
enum Event {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Closed,
    Exited,
}

impl<'r> Runner<'r> {
    /// A runner whose children live in `scratch`.
    #[must_use]
    pub fn new(scratch: &'r Scratch, limits: Limits) -> Self {
        Self { scratch, limits }
    }

    /// The scratch folder of its children.
    #[must_use]
    pub fn scratch(&self) -> &'r Scratch {
        self.scratch
    }

    /// Runs `program` in the working directory `folder` until it ends. Any exit code is an [`Output`].
    ///
    /// # Errors
    ///
    /// Where it could not be started, or was ended before it ended itself.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: &Program,
        arguments: &[A],
        folder: &Path,
    ) -> Result<Output, Failure> {
        let failure = |cause| Failure { program: program.engine.word(), cause };
        self.outcome(program, arguments, folder).map_err(failure)
    }

    fn outcome<A: AsRef<OsStr>>(
        &self,
        program: &Program,
        arguments: &[A],
        folder: &Path,
    ) -> Result<Output, Cause> {
        let limits = self.limits;
        let scratch = self.scratch.root().map_err(|error| cannot_start(&error))?;
        let mut command = self.scratch.command(&program.path, limits);
        command.args(arguments).current_dir(folder).env_clear();
        command.envs(environment::of(scratch, limits));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);

        let begun = Instant::now();
        let mut child = command.spawn().map_err(|error| cannot_start(&error))?;
        let watchdog = self.scratch.watchdog();
        if let Some(watchdog) = watchdog {
            watchdog.group(child.id());
        }
        #[cfg(unix)]
        super::limits::impose(pid(child.id()), limits);
        let written = watch(&mut child)
            .map_err(|error| cannot_start(&error))
            .and_then(|events| collect(&events, &mut child, limits, begun));
        // What it started goes with it, whether it was stopped or ended well: the number is still its own, as nobody
        // has waited for it yet.
        end(&mut child);
        if let Some(watchdog) = watchdog {
            watchdog.done(child.id());
        }
        let status = child.wait().map_err(|error| cannot_start(&error))?;

        let (stdout, stderr) = written?;
        let stderr = printable::printable(&stderr, scratch.to_str());
        let code = exit_code(status, &stderr)?;
        Ok(Output { stdout, stderr, code, wall: begun.elapsed() })
    }
}

fn cannot_start(error: &std::io::Error) -> Cause {
    Cause::CannotStart(error.to_string())
}

/// One thread for each pipe, so that neither fills up while the other is read, and one that waits for the end.
fn watch(child: &mut Child) -> std::io::Result<Receiver<Event>> {
    // Few places: readers wait for who collects, so that no more than the limit is ever in memory.
    let (sender, events) = sync_channel(4);
    let stdout = child.stdout.take().expect("standard output is a pipe");
    let stderr = child.stderr.take().expect("standard error is a pipe");
    thread("stdout", read(stdout, Event::Stdout, sender.clone()))?;
    thread("stderr", read(stderr, Event::Stderr, sender.clone()))?;
    #[cfg(unix)]
    thread("end", {
        let process = pid(child.id());
        move || {
            use rustix::process::{WaitId, WaitIdOptions, waitid};
            // Waits for the end and leaves the number taken: whoever kills the group must not meet another one's.
            let wait = || waitid(WaitId::Pid(process), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            while matches!(wait(), Err(rustix::io::Errno::INTR)) {}
            let _ = sender.send(Event::Exited);
        }
    })?;
    Ok(events)
}

fn thread(what: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let builder = std::thread::Builder::new().name(format!("child {what}")).stack_size(256 << 10);
    builder.spawn(work).map(drop)
}

fn read(
    mut pipe: impl Read + Send + 'static,
    event: fn(Vec<u8>) -> Event,
    sender: SyncSender<Event>,
) -> impl FnOnce() + Send + 'static {
    move || {
        let mut buffer = vec![0; CHUNK];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    if sender.send(event(buffer[..length].to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = sender.send(Event::Closed);
    }
}

/// Takes what comes until the child has ended and its pipes are closed.
fn collect(
    events: &Receiver<Event>,
    child: &mut Child,
    limits: Limits,
    begun: Instant,
) -> Result<(Vec<u8>, Vec<u8>), Cause> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (mut open, mut ended) = (2, None);
    loop {
        if cfg!(not(unix)) && ended.is_none() && matches!(child.try_wait(), Ok(Some(_))) {
            ended = Some(Instant::now());
        }
        if ended.is_some() && open == 0 {
            return Ok((stdout, stderr));
        }
        let until = ended.map_or(begun + limits.wall, |ended| ended + LINGER);
        let mut patience = until.saturating_duration_since(Instant::now());
        if patience.is_zero() {
            return Err(if ended.is_some() { Cause::LeftOpen } else { Cause::TimedOut(limits.wall) });
        }
        if cfg!(not(unix)) {
            patience = patience.min(Duration::from_millis(5));
        }
        let event = events.recv_timeout(patience);
        if event.is_ok() && ended.is_some() {
            ended = Some(Instant::now());
        }
        match event {
            Ok(Event::Stdout(bytes)) => stdout.extend(bytes),
            Ok(Event::Stderr(bytes)) => stderr.extend(bytes),
            Ok(Event::Closed) => open -= 1,
            Ok(Event::Exited) => {
                ended = Some(Instant::now());
                end(child);
            }
            Err(RecvTimeoutError::Timeout) => {}
            // The readers are done and it has not ended.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(patience),
        }
        if stdout.len() + stderr.len() > limits.output {
            return Err(Cause::TooMuchOutput(limits.output));
        }
    }
}

/// Messages of Go and of the system's loader where memory is at its end.
const NO_MEMORY: [&str; 3] =
    ["runtime: out of memory", "fatal error: out of memory", "cannot allocate memory"];

/// Messages of Go about the machine, where the input is not to blame.
const MACHINE: [&str; 4] = [
    "no space left on device",
    "disk quota exceeded",
    "too many open files",
    "resource temporarily unavailable",
];

/// The exit code, where it ended by itself.
fn exit_code(status: ExitStatus, stderr: &str) -> Result<i32, Cause> {
    let out_of_memory = |code| code != 0 && NO_MEMORY.iter().any(|words| stderr.contains(words));
    let machine = |code| MACHINE.iter().find(|words| code != 0 && stderr.contains(**words));
    match status.code() {
        Some(code) if out_of_memory(code) => Err(Cause::OutOfMemory),
        Some(code) if let Some(why) = machine(code) => Err(Cause::Machine(why)),
        Some(code) => Ok(code),
        #[cfg(unix)]
        None => {
            use std::os::unix::process::ExitStatusExt as _;
            let signal = status.signal();
            let kernel = signal == Some(rustix::process::Signal::KILL.as_raw());
            // Nobody else kills them so: the kernel does, when the machine runs out of memory.
            if kernel || out_of_memory(1) {
                return Err(Cause::OutOfMemory);
            }
            Err(Cause::Killed(signal))
        }
        #[cfg(not(unix))]
        None => Err(Cause::Killed(None)),
    }
}

/// Ends the child and, where there are groups, all it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    kill(child.id());
    #[cfg(not(unix))]
    let _ = child.kill();
}
