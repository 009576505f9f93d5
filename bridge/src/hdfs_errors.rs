//! What the errors of HDFS mean to a caller.

use std::io::ErrorKind;

use hdfs_native::HdfsError;

use crate::error::{BridgeError, Code, first_line};

/// The error as the caller sees it: what to do about it, and the first line of what was said.
pub fn bridge_error(error: HdfsError) -> BridgeError {
    match error {
        HdfsError::RPCError(class, text) | HdfsError::FatalRPCError(class, text) => remote_error(&class, &text),
        HdfsError::AlreadyExists(text) => BridgeError::new(Code::Exists, first_line(&text)),
        HdfsError::FileNotFound(_) => BridgeError::new(Code::Absent, "it does not exist"),
        HdfsError::IsADirectoryError(_) => BridgeError::new(Code::Invalid, "it is a directory"),
        HdfsError::IOError(error) => BridgeError::new(Code::Unavailable, error.to_string()),
        HdfsError::InvalidRPCResponse(_) => {
            BridgeError::new(Code::Unavailable, "what answers there does not speak HDFS's protocol: check the port")
        }
        HdfsError::DataTransferError(text) => BridgeError::new(Code::Unavailable, without_descriptions(&text)),
        HdfsError::SASLError(text) => BridgeError::new(Code::Denied, first_line(&text)),
        HdfsError::NoSASLMechanism => {
            BridgeError::new(Code::Denied, "the cluster asks for Kerberos, which is not supported yet")
        }
        other => {
            let code = match &other {
                HdfsError::InvalidPath(_)
                | HdfsError::InvalidArgument(_)
                | HdfsError::UrlParseError(_)
                | HdfsError::XmlParseError(_)
                | HdfsError::UnsupportedFeature(_)
                | HdfsError::UnsupportedErasureCodingPolicy(_) => Code::Invalid,
                HdfsError::ChecksumError => Code::Corrupt,
                HdfsError::InternalError(_) => Code::Internal,
                _ => Code::Unavailable,
            };
            BridgeError::new(code, first_line(&other.to_string()))
        }
    }
}

/// An exception that a NameNode threw, by its class.
fn remote_error(class: &str, text: &str) -> BridgeError {
    let name = class.rsplit(['.', '$']).next().unwrap_or(class);
    let said = first_line(text);
    match name {
        "FileNotFoundException" if said.contains("not a file") => {
            BridgeError::new(Code::Invalid, "it is a directory, not a file")
        }
        "FileNotFoundException" => BridgeError::new(Code::Absent, "it does not exist"),
        "ParentNotDirectoryException" => BridgeError::new(Code::Absent, said),
        "AccessControlException" if said.contains("is not a directory") => BridgeError::new(Code::Absent, said),
        "AccessControlException" | "AuthorizationException" | "InvalidToken" | "SaslException" => {
            BridgeError::new(Code::Denied, with_remedy(said))
        }
        "LeaseExpiredException" if said.contains("does not exist") => {
            BridgeError::new(Code::Absent, "the file being written was removed")
        }
        "NSQuotaExceededException" | "DSQuotaExceededException" | "QuotaExceededException" => {
            BridgeError::new(Code::Exhausted, said)
        }
        "InvalidPathException"
        | "IllegalArgumentException"
        | "HadoopIllegalArgumentException"
        | "PathComponentTooLongException"
        | "MaxDirectoryItemsExceededException"
        | "PathIsNotEmptyDirectoryException"
        | "LeaseExpiredException" => BridgeError::new(Code::Invalid, said),
        _ if said.contains("could only be written to 0 of") => {
            BridgeError::new(Code::Unavailable, format!("no DataNode has room for it, or none answers: {said}"))
        }
        // Safe mode, a standby: it passes.
        _ => BridgeError::new(Code::Unavailable, if said.is_empty() { name } else { said }),
    }
}

/// What was said, with the address alone of each DataNode that it describes at length.
fn without_descriptions(said: &str) -> String {
    let Some((what, described)) = said.split_once(": [DatanodeInfoProto") else { return first_line(said).to_string() };
    let nodes: Vec<String> = values_of(described, "ip_addr: \"")
        .zip(values_of(described, "xfer_port: "))
        .map(|(host, port)| format!("{host}:{port}"))
        .collect();
    format!("{what} ({})", nodes.join(", "))
}

fn values_of<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(name).skip(1).map(|rest| rest.split(['"', ',', ' ']).next().unwrap_or(rest))
}

fn with_remedy(said: &str) -> String {
    if said.contains("SIMPLE authentication is not enabled") {
        format!("{said}; Kerberos is not supported yet")
    } else {
        format!("{said}; HADOOP_USER_NAME sets the user")
    }
}

/// False when the NameNode answered, or was never asked: then nothing was changed.
pub fn may_have_happened(error: &HdfsError) -> bool {
    match error {
        HdfsError::IOError(error) => !matches!(
            error.kind(),
            ErrorKind::ConnectionRefused
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::AddrNotAvailable
        ),
        HdfsError::InvalidRPCResponse(_) => true,
        _ => false,
    }
}
