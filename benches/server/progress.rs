//! Progress display: one updated line on a terminal, separate lines otherwise.

use std::{
    cell::RefCell,
    io::{IsTerminal, Write, stderr},
};

pub(crate) struct Progress {
    terminal: bool,
    prefix: RefCell<String>,
    said: RefCell<String>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self {
            terminal: stderr().is_terminal(),
            prefix: RefCell::default(),
            said: RefCell::default(),
        }
    }

    /// Sets the subject of the following lines.
    pub(crate) fn about(&self, what: &str) {
        what.clone_into(&mut self.prefix.borrow_mut());
    }

    /// A phase begins.
    pub(crate) fn phase(&self, what: &str) {
        let line = format!("{}: {what}", self.prefix.borrow());
        if self.terminal {
            show(&line);
        } else if *self.said.borrow() != line {
            eprintln!("{line}");
            self.said.replace(line);
        }
    }

    /// So far a phase has come.
    pub(crate) fn step(&self, what: &str, done: usize, of: usize) {
        if self.terminal {
            show(&format!("{}: {what} {done}/{of}", self.prefix.borrow()));
        } else {
            self.phase(what);
        }
    }

    /// Nothing more is to come: the line is taken away.
    pub(crate) fn clear(&self) {
        if self.terminal {
            show("");
        }
    }
}

fn show(line: &str) {
    let mut out = stderr().lock();
    // If nobody can see it, the work goes on.
    let _ = write!(out, "\r\x1b[K{line}");
    let _ = out.flush();
}
