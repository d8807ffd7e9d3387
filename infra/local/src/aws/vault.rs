//! Where secrets are kept: one SQLite file that only its owner can read.
//!
//! Own code instead of rustack's: that keeps secrets in memory, so a killed stack would lose the first key and every
//! client's passwords while the tables still name them. This is smaller, and a call is answered after its write.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::AwsError;

/// A secret and its current value.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The current value; a secret may be made without one.
    pub value: Option<String>,
    /// The id of the current value.
    pub version: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created: f64,
    /// When it was last changed.
    pub changed: f64,
    /// When it will be gone, once it is marked for deletion.
    pub deletion: Option<f64>,
}

/// The secrets.
#[derive(Clone)]
pub struct Vault {
    file: Arc<Mutex<Connection>>,
}

impl Vault {
    /// Opens the secrets in this directory, or none in memory.
    pub fn open(directory: Option<&Path>) -> Result<Self, AwsError> {
        let file = match directory {
            Some(directory) => {
                let path = directory.join("secrets.sqlite");
                super::private_file(&path)?;
                Connection::open(path)?
            }
            None => Connection::open_in_memory()?,
        };
        file.pragma_update(None, "journal_mode", "WAL")?;
        file.pragma_update(None, "synchronous", "NORMAL")?;
        file.execute_batch(
            "CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, description TEXT, value TEXT, version TEXT, \
             created REAL NOT NULL, changed REAL NOT NULL, deletion REAL) WITHOUT ROWID",
        )?;
        Ok(Self {
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// Exclusive use, for what must be read and written together.
    pub fn lock(&self) -> Open<'_> {
        Open {
            file: self.file.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// The secrets while nobody else uses them.
pub struct Open<'a> {
    file: MutexGuard<'a, Connection>,
}

impl Open<'_> {
    /// The secret of this name.
    pub fn get(&self, name: &str) -> Result<Option<Kept>, rusqlite::Error> {
        self.file
            .prepare_cached("SELECT * FROM secrets WHERE name = ?1")?
            .query_row([name], kept)
            .optional()
    }

    /// Secrets in order of name, after this one.
    pub fn after(&self, name: &str, most: usize) -> Result<Vec<Kept>, rusqlite::Error> {
        let mut statement = self
            .file
            .prepare_cached("SELECT * FROM secrets WHERE name > ?1 ORDER BY name LIMIT ?2")?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        statement.query_map(params![name, most], kept)?.collect()
    }

    /// Writes a secret as it now is.
    pub fn put(&self, secret: &Kept) -> Result<(), rusqlite::Error> {
        self.file
            .prepare_cached("INSERT OR REPLACE INTO secrets VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                secret.name,
                secret.description,
                secret.value,
                secret.version,
                secret.created,
                secret.changed,
                secret.deletion
            ])?;
        Ok(())
    }

    /// Removes a secret; one that is not there is no error.
    pub fn remove(&self, name: &str) -> Result<(), rusqlite::Error> {
        self.file
            .prepare_cached("DELETE FROM secrets WHERE name = ?1")?
            .execute([name])?;
        Ok(())
    }
}

fn kept(row: &Row<'_>) -> Result<Kept, rusqlite::Error> {
    Ok(Kept {
        name: row.get("name")?,
        description: row.get("description")?,
        value: row.get("value")?,
        version: row.get("version")?,
        created: row.get("created")?,
        changed: row.get("changed")?,
        deletion: row.get("deletion")?,
    })
}
