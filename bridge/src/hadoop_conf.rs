//! What core-site.xml and hdfs-site.xml say of where a URI leads, before anybody is asked.

use std::collections::HashMap;
use std::path::PathBuf;
use std::{env, fs};

use crate::error::{BridgeError, Code, Result};

const FILES: [&str; 2] = ["core-site.xml", "hdfs-site.xml"];
/// Hadoop's own, for a host without one.
const DEFAULT_PORT: u16 = 8020;

/// The settings of a client, as Hadoop's own tools find them.
pub struct HadoopConf {
    values: HashMap<String, String>,
}

impl HadoopConf {
    /// Reads the directory that HADOOP_CONF_DIR names, or HADOOP_HOME. Without either it is empty.
    pub fn from_environment() -> Result<HadoopConf> {
        let mut values = HashMap::new();
        if let Some(directory) = directory() {
            for name in FILES {
                let path = directory.join(name);
                if path.exists() {
                    let text = fs::read_to_string(&path).map_err(|e| unreadable(&path, &e.to_string()))?;
                    values.extend(properties(&text).map_err(|e| unreadable(&path, &e.to_string()))?);
                }
            }
        }
        Ok(HadoopConf { values })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub fn check_security(&self) -> Result<()> {
        match self.get("hadoop.security.authentication") {
            None | Some("simple") => Ok(()),
            Some(other) => Err(BridgeError::new(
                Code::Invalid,
                format!("hadoop.security.authentication is {other}, which is not supported yet"),
            )),
        }
    }

    /// "hdfs://HOST:PORT" or "hdfs://NAMESERVICE" for an authority, which is empty for the default.
    pub fn resolve(&self, authority: &str) -> Result<String> {
        if authority.is_empty() {
            return self.resolve_default();
        }
        let is_nameservice = self.get(&format!("dfs.ha.namenodes.{authority}")).is_some();
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        if is_nameservice || has_port {
            Ok(format!("hdfs://{authority}"))
        } else {
            Ok(format!("hdfs://{authority}:{DEFAULT_PORT}"))
        }
    }

    fn resolve_default(&self) -> Result<String> {
        let Some(default) = self.get("fs.defaultFS") else {
            return Err(BridgeError::new(
                Code::Invalid,
                "it names no NameNode, and there is no fs.defaultFS: give hdfs://HOST:PORT/PATH, or set \
                 HADOOP_CONF_DIR to a directory whose core-site.xml has one",
            ));
        };
        match default.strip_prefix("hdfs://").map(|rest| rest.split('/').next().unwrap_or("")) {
            Some(authority) if !authority.is_empty() => self.resolve(authority),
            _ => Err(BridgeError::new(
                Code::Invalid,
                format!("fs.defaultFS is {default}, which is no HDFS: give hdfs://HOST:PORT/PATH"),
            )),
        }
    }

    /// The setting that names the NameNodes behind what `resolve` gave, and their ids; none where there
    /// is but one.
    pub fn namenodes(&self, url: &str) -> (String, Vec<String>) {
        let key = format!("dfs.ha.namenodes.{}", url.strip_prefix("hdfs://").unwrap_or(url));
        let ids = self.get(&key).map_or_else(Vec::new, |ids| ids.split(',').map(|id| id.trim().to_string()).collect());
        (key, ids)
    }
}

fn directory() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    named("HADOOP_CONF_DIR").or_else(|| named("HADOOP_HOME").map(|home| home.join("etc/hadoop")))
}

fn unreadable(path: &std::path::Path, why: &str) -> BridgeError {
    BridgeError::new(Code::Invalid, format!("cannot read {}: {why}", path.display()))
}

fn properties(text: &str) -> std::result::Result<HashMap<String, String>, roxmltree::Error> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)?;
    let child_text = |property: roxmltree::Node, name: &str| {
        let child = property.children().find(|child| child.has_tag_name(name))?;
        Some(child.text()?.trim().to_string())
    };
    Ok(document
        .descendants()
        .filter(|node| node.has_tag_name("property"))
        .filter_map(|property| Some((child_text(property, "name")?, child_text(property, "value")?)))
        .collect())
}
