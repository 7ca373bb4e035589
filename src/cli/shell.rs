//! `completions` and `man`: what a shell and `man` need, made of the flags.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Outcome;
use super::arguments::Arguments;
use super::output::print;

pub(super) fn completions(shell: Shell) -> Result<Outcome, String> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "nhilint", &mut text);
    print(&String::from_utf8_lossy(&text))
}

/// Prints the page of the program, or writes the pages of all commands into a folder.
pub(super) fn man(folder: Option<&Path>) -> Result<Outcome, String> {
    let Some(folder) = folder else {
        let mut text = Vec::new();
        let page = clap_mangen::Man::new(Arguments::command()).render(&mut text);
        page.map_err(|error| format!("cannot make the page: {error}"))?;
        return print(&String::from_utf8_lossy(&text));
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| format!("cannot write manual pages into `{}`: {error}", folder.display()))?;
    Ok(Outcome::Clean)
}
