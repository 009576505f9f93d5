//! What the client's errors mean to a person and to the caller.

use std::error::Error;

use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, ExecutionError, MetadataError,
    NewSessionError, PrepareError, RequestAttemptError,
};

use crate::error::{BridgeError, Code, first_line};

/// Whether an attempt may have changed something although it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Repeating it does no harm.
    Harmless,
    /// It changes something once, or not.
    Once,
}

/// Authentication asks tables of the cluster itself, and fails when they cannot be read.
fn is_refused_for_now(message: &str) -> bool {
    message.contains("Unable to perform authentication") || message.contains("annot achieve consistency")
}

fn db_error(kind: &DbError, message: &str, effect: Effect) -> BridgeError {
    let code = match kind {
        DbError::AuthenticationError if is_refused_for_now(message) => Code::Unavailable,
        DbError::AuthenticationError | DbError::Unauthorized => Code::Denied,
        DbError::AlreadyExists { .. } => Code::Exists,
        DbError::SyntaxError | DbError::Invalid | DbError::ConfigError => Code::Invalid,
        // Said before anything was done.
        DbError::Unavailable { .. }
        | DbError::Overloaded
        | DbError::IsBootstrapping
        | DbError::RateLimitReached { .. } => Code::Unavailable,
        _ if effect == Effect::Once => Code::UnknownOutcome,
        DbError::ReadTimeout { .. }
        | DbError::WriteTimeout { .. }
        | DbError::ReadFailure { .. }
        | DbError::WriteFailure { .. }
        | DbError::ServerError => Code::Unavailable,
        _ => Code::Internal,
    };
    BridgeError::new(code, format!("Cassandra: {kind}: {}", first_line(message)))
}

fn attempt_error(error: &RequestAttemptError, effect: Effect) -> BridgeError {
    match error {
        RequestAttemptError::DbError(kind, message) => db_error(kind, message, effect),
        RequestAttemptError::SerializationError(_) | RequestAttemptError::CqlRequestSerialization(_) => {
            BridgeError::new(Code::Invalid, chain(error))
        }
        _ if effect == Effect::Once => BridgeError::new(Code::UnknownOutcome, chain(error)),
        _ => BridgeError::new(Code::Unavailable, chain(error)),
    }
}

/// An error and what caused it, each said once.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn execution_error(error: &ExecutionError, effect: Effect) -> BridgeError {
    match error {
        ExecutionError::LastAttemptError(attempt) => attempt_error(attempt, effect),
        ExecutionError::PrepareError(prepare) => prepare_error(prepare),
        ExecutionError::ConnectionPoolError(pool) => pool_error(pool, false),
        ExecutionError::BadQuery(_) => BridgeError::new(Code::Invalid, chain(error)),
        ExecutionError::EmptyPlan => BridgeError::new(Code::Unavailable, "no node of the data centre is up"),
        ExecutionError::RequestTimeout(_) if effect == Effect::Once => {
            BridgeError::new(Code::UnknownOutcome, "Cassandra does not answer")
        }
        ExecutionError::RequestTimeout(_) => BridgeError::new(Code::Unavailable, "Cassandra does not answer"),
        _ if effect == Effect::Once => BridgeError::new(Code::UnknownOutcome, chain(error)),
        _ => BridgeError::new(Code::Unavailable, chain(error)),
    }
}

pub fn prepare_error(error: &PrepareError) -> BridgeError {
    match error {
        PrepareError::AllAttemptsFailed { first_attempt } => attempt_error(first_attempt, Effect::Harmless),
        PrepareError::ConnectionPoolError(pool) => pool_error(pool, false),
        _ => BridgeError::new(Code::Unavailable, chain(error)),
    }
}

fn pool_error(error: &ConnectionPoolError, tls: bool) -> BridgeError {
    match error {
        ConnectionPoolError::Broken { last_connection_error } => connection_error(last_connection_error, tls),
        _ => BridgeError::new(Code::Unavailable, chain(error)),
    }
}

fn connection_error(error: &ConnectionError, tls: bool) -> BridgeError {
    let text = chain(error);
    if let ConnectionError::ConnectionSetupRequestError(setup) = error {
        match &setup.error {
            ConnectionSetupRequestErrorKind::DbError(DbError::AuthenticationError, message)
                if !is_refused_for_now(message) =>
            {
                let said = first_line(message);
                return BridgeError::new(
                    Code::Denied,
                    format!(
                        "user or password are not accepted ({said}); change tables.user or what tables.password_file names"
                    ),
                );
            }
            ConnectionSetupRequestErrorKind::MissingAuthentication => {
                return BridgeError::new(
                    Code::Denied,
                    "the cluster asks for a user and a password; set tables.user and tables.password_file",
                );
            }
            _ => {}
        }
    }
    tls_error(&text, tls).unwrap_or_else(|| BridgeError::new(Code::Unavailable, text))
}

fn refused_certificate(refusal: &str) -> BridgeError {
    let lower = refusal.to_lowercase();
    let text = if lower.contains("mismatch") {
        format!(
            "the server's certificate is not for the address that it was reached at ({refusal}); tables.uri has to name it as the certificate does"
        )
    } else {
        format!("the server's certificate is not to be trusted ({refusal}); tables.ca_file names who signed it")
    };
    BridgeError::new(Code::Denied, text)
}

/// What TLS, or its lack, has to do with a connection that failed.
fn tls_error(text: &str, tls: bool) -> Option<BridgeError> {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if tls && has(&["wrong version number", "packet length too long", "record layer"]) {
        return Some(BridgeError::new(
            Code::Invalid,
            format!("the server does not speak TLS at this port; tables.tls = false goes without ({text})"),
        ));
    }
    if !tls
        && has(&["reset by peer", "unexpected eof", "early eof", "broken pipe", "failed to fill", "connection reset"])
    {
        return Some(BridgeError::new(
            Code::Unavailable,
            format!("the server ends connections at once; tables.tls = true is needed where it wants TLS ({text})"),
        ));
    }
    None
}

/// `refusal`: why the last certificate was refused, if one was.
pub fn session_error(error: &NewSessionError, tls: bool, refusal: &str) -> BridgeError {
    if !refusal.is_empty() {
        return refused_certificate(refusal);
    }
    match error {
        NewSessionError::MetadataError(MetadataError::ConnectionPoolError(pool)) => pool_error(pool, tls),
        NewSessionError::FailedToResolveAnyHostname(names) => {
            BridgeError::new(Code::Unavailable, format!("no host of {} has an address", names.join(", ")))
        }
        _ => {
            let text = chain(error);
            tls_error(&text, tls).unwrap_or_else(|| BridgeError::new(Code::Unavailable, text))
        }
    }
}
