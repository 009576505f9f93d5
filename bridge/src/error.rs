//! The one error that crosses the bridge.

use std::fmt;

/// What the caller may do about an error: the codes of src/base/error.h that a client can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Invalid,
    Absent,
    Exists,
    Denied,
    Unavailable,
    Timeout,
    UnknownOutcome,
    Exhausted,
    Corrupt,
    Cancelled,
    Internal,
}

impl Code {
    /// The name that src/base/error.cc gives it.
    fn name(self) -> &'static str {
        match self {
            Code::Invalid => "invalid",
            Code::Absent => "absent",
            Code::Exists => "exists",
            Code::Denied => "denied",
            Code::Unavailable => "unavailable",
            Code::Timeout => "timeout",
            Code::UnknownOutcome => "unknown_outcome",
            Code::Exhausted => "exhausted",
            Code::Corrupt => "corrupt",
            Code::Cancelled => "cancelled",
            Code::Internal => "internal",
        }
    }
}

/// A code and a text for people. Shown as "<code>\t<text>", which src/bridge takes apart again.
#[derive(Clone, Debug)]
pub struct BridgeError {
    pub code: Code,
    pub text: String,
}

impl BridgeError {
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

impl fmt::Display for BridgeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\t{}", self.code.name(), self.text)
    }
}

impl std::error::Error for BridgeError {}

pub type Result<T> = std::result::Result<T, BridgeError>;

/// The first line: servers in Java append their stack to a message.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("").trim()
}
