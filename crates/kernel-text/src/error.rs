// SPDX-License-Identifier: GPL-2.0-only
use std::fmt;

/// What [`TextError::found`] shows at most, in bytes: enough to recognize a line in a bug report.
const SHOWN: usize = 48;

/// A text of the kernel that does not read as the kernel prints it.
///
/// It means a kernel newer than this parser, or a text cut short: never a state of the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// The text, by the name the kernel gives it: `/proc/PID/maps`. The caller knows which PID.
    pub text: &'static str,
    /// The line, counted from 1.
    pub line: usize,
    /// What should have stood there.
    pub expected: &'static str,
    /// The first bytes of what stands there instead, printable.
    pub found: String,
}

/// The result of every parser here.
pub type Result<T> = std::result::Result<T, TextError>;

impl TextError {
    pub(crate) fn new(text: &'static str, line: usize, expected: &'static str, found: &[u8]) -> Self {
        let shown = &found[..found.len().min(SHOWN)];
        Self {
            text,
            line,
            expected,
            found: shown.escape_ascii().to_string(),
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            text,
            line,
            expected,
            found,
        } = self;
        write!(f, "cannot read line {line} of {text}: expected {expected}, ")?;
        if found.is_empty() {
            f.write_str("found the end of the line")
        } else {
            write!(f, "found '{found}'")
        }
    }
}

impl std::error::Error for TextError {}
