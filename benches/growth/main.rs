//! How time and memory grow with what is read: every shape once with N parts and once with 4N, both in one run, so that
//! only their ratio counts and not the machine.
//!
//! `cargo bench --bench growth` measures all shapes, `cargo bench --bench growth -- roles` those with this in their name.
//! `NHILINT_BIN` names another binary, `RAYON_NUM_THREADS=1` takes out what threads cost each other on a busy machine. A shape grows too fast where 4N costs more than [`MOST`] times what N costs.

#![allow(clippy::print_stdout, reason = "a benchmark talks to people")]

mod pods;
mod rendered;
mod roles;
mod settings;
mod shapes;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How many times as much 4N may cost.
const MOST: f64 = 4.6;
/// Below this, what a run costs anyway and the clock's ticks of 10 ms decide.
const LEAST: Duration = Duration::from_millis(200);

/// So many times each is run at least.
const RUNS: usize = 3;

/// Files to lint.
#[derive(Default)]
pub(crate) struct Tree(Vec<(String, String)>);

impl Tree {
    pub(crate) fn file(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.0.push((path.into(), text.into()));
    }

    fn write(&self, folder: &Path) -> std::io::Result<usize> {
        for (path, text) in &self.0 {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, text)?;
        }
        Ok(self.0.iter().map(|(_, text)| text.len()).sum())
    }
}

/// One thing that a tree may have many of: what, how many in the smaller tree, and how it is drawn.
pub(crate) struct Shape(&'static str, usize, Draw);

pub(crate) enum Draw {
    /// As one file.
    File(fn(usize) -> String),
    /// As several.
    Files(fn(usize, &mut Tree)),
    /// As several that ask for N × N: what is asked for is counted, so 2N are compared with N.
    Squared(fn(usize, &mut Tree)),
}

/// A text of N parts.
pub(crate) fn each(n: usize, one: impl Fn(usize) -> String) -> String {
    (0..n).map(one).collect()
}

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    /// Of the processor in user mode.
    time: Duration,
    /// The same of programs that it started.
    programs: Duration,
    /// The most memory at a time, in KiB; zero where the system does not tell.
    memory: u32,
    bytes: usize,
    code: i32,
}

fn main() -> std::io::Result<()> {
    let binary = std::env::var_os("NHILINT_BIN").map_or(env!("CARGO_BIN_EXE_nhilint").into(), PathBuf::from);
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let all = shapes::SHAPES
        .iter()
        .chain(pods::SHAPES)
        .chain(roles::SHAPES)
        .chain(rendered::SHAPES)
        .chain(settings::SHAPES);
    let mut too_fast = 0;
    println!(
        "{:<34}{:>7}{:>9}{:>10}{:>10}{:>7}{:>7}{:>6}",
        "shape", "N", "KiB", "N", "4N", "time", "memory", "exit"
    );
    for shape in all.filter(|shape| wanted.is_empty() || wanted.iter().any(|word| shape.0.contains(word))) {
        let (few, many) = (cost(&binary, shape, 1)?, cost(&binary, shape, 4)?);
        let time = many.time.as_secs_f64() / few.time.max(LEAST).as_secs_f64();
        let memory = f64::from(many.memory) / f64::from(few.memory.max(1));
        let grows = time > MOST || memory > MOST;
        too_fast += usize::from(grows);
        println!(
            "{:<34}{:>7}{:>9}{:>8.2} s{:>8.2} s{time:>7.1}{memory:>7.1}{:>6}{}",
            shape.0,
            shape.1,
            few.bytes / 1024,
            few.time.as_secs_f64(),
            many.time.as_secs_f64(),
            many.code,
            if grows { "  too fast" } else { "" }
        );
    }
    println!("{too_fast} grow too fast");
    Ok(())
}

/// The cheapest of some runs over a tree with so many times as much.
fn cost(binary: &Path, shape: &Shape, times: usize) -> std::io::Result<Cost> {
    let folder = std::env::temp_dir().join(format!("growth-{}", std::process::id()));
    let mut tree = Tree::default();
    match shape.2 {
        Draw::File(draw) => tree.file("a.yaml", draw(shape.1 * times)),
        Draw::Files(draw) => draw(shape.1 * times, &mut tree),
        Draw::Squared(draw) => draw(shape.1 * times.isqrt(), &mut tree),
    }
    let bytes = tree.write(&folder)?;
    let mut best: Option<Cost> = None;
    let started = Instant::now();
    // One run alone may be disturbed, and the longer one is more often.
    for run_number in 0.. {
        if run_number >= RUNS && started.elapsed() >= Duration::from_secs(1) {
            break;
        }
        let cost = run(binary, &folder)?;
        if best.is_none_or(|best| cost.time < best.time) {
            best = Some(cost);
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(Cost { bytes, ..best.unwrap_or_default() })
}

fn run(binary: &Path, folder: &Path) -> std::io::Result<Cost> {
    let started = Instant::now();
    let mut child = Command::new(binary)
        .args(["check", ".", "--no-cache", "--format", "json"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    let mut cost = Cost::default();
    // Until somebody waits for it, what has ended is still told about.
    while let (Ok(stat), Ok(status)) =
        (std::fs::read_to_string(proc.join("stat")), std::fs::read_to_string(proc.join("status")))
    {
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
        cost.memory = cost.memory.max(peak.and_then(|text| text.parse().ok()).unwrap_or(0));
        if fields.first() == Some(&"Z") {
            let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
            cost.time = Duration::from_millis(ticks(11) * 10);
            cost.programs = Duration::from_millis(ticks(13) * 10);
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    cost.code = child.wait()?.code().unwrap_or(-1);
    if cost.time.is_zero() {
        cost.time = started.elapsed();
    }
    Ok(cost)
}
