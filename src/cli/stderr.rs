//! Standard error for logs: a line that can't be written is dropped, and nothing waits for it.
//!
//! A log may go to a full disk, to a pipe whose reader went away, or to one whose reader stopped
//! reading. None of that may keep a request from its answer.

use std::{
    io::{self, StderrLock, Write, stderr},
    sync::atomic::{AtomicBool, Ordering},
};

use tracing_subscriber::fmt::MakeWriter;

/// The most bytes that a pipe with room takes without waiting (`PIPE_BUF` of Linux).
const PIPE_BYTES: usize = 4096;

/// How long a reader that is slow is waited for, in milliseconds. One that stays slow is not.
const PATIENCE_MILLISECONDS: u16 = 100;

/// Where lines of the log go.
#[derive(Default)]
pub(super) struct LogWriter {
    /// Whether the last line had no room.
    is_stuck: AtomicBool,
}

/// Standard error, locked for one line.
pub(super) struct Line<'a> {
    stderr: StderrLock<'a>,
    is_stuck: &'a AtomicBool,
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line {
            stderr: stderr().lock(),
            is_stuck: &self.is_stuck,
        }
    }
}

impl Write for Line<'_> {
    /// Takes all of it, whatever becomes of it: whoever logs can't do anything about it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        for part in line.chunks(PIPE_BYTES) {
            if !self.has_room() || self.stderr.write_all(part).is_err() {
                break;
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Line<'_> {
    /// Whether a part of a line can be written without waiting, at once or in a moment.
    fn has_room(&self) -> bool {
        let patience = if self.is_stuck.load(Ordering::Relaxed) {
            0
        } else {
            PATIENCE_MILLISECONDS
        };
        let has_room = can_write(&self.stderr, patience);
        self.is_stuck.store(!has_room, Ordering::Relaxed);
        has_room
    }
}

/// Whether a file takes bytes within so many milliseconds. A file that can't tell is tried.
#[cfg(unix)]
fn can_write(file: impl std::os::fd::AsFd, milliseconds: u16) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: i64::from(milliseconds) * 1_000_000,
    };
    let mut files = [PollFd::new(&file, PollFlags::OUT)];
    poll(&mut files, Some(&wait)) != Ok(0)
}

#[cfg(not(unix))]
fn can_write(_: &StderrLock<'_>, _: u16) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Read, pipe};

    use super::*;

    #[test]
    fn a_pipe_that_nobody_reads_has_no_room_until_it_is_read() {
        let (mut reader, mut writer) = pipe().unwrap();
        let mut written = 0;
        while can_write(&writer, 0) {
            writer.write_all(&[b'x'; PIPE_BYTES]).unwrap();
            written += PIPE_BYTES;
        }
        assert!(written >= PIPE_BYTES, "{written}");
        let mut read = vec![0; written];
        reader.read_exact(&mut read).unwrap();
        assert!(can_write(&writer, 0));
        drop(reader);
        assert!(can_write(&writer, 0), "the error is told by writing");
    }
}
