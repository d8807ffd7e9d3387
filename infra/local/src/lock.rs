//! One stack per data directory.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

/// Held as long as the stack runs; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why the data directory cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another stack has it.
    #[error(
        "another stack{0} is running on this data directory; stop it, or start this one with --data DIR or --ephemeral"
    )]
    Taken(String),
    /// It cannot be made or written.
    #[error("the data directory {0} cannot be used: {1}")]
    Directory(String, io::Error),
}

/// Makes the data directory, for its owner only, and takes it.
///
/// # Errors
/// Another stack has it, or it cannot be used.
pub fn take(data: &Path) -> Result<Lock, LockError> {
    let unusable = |error| LockError::Directory(data.display().to_string(), error);
    // Keys and tokens are kept there.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(unusable)?;
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(data.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(unusable)?;
            let holder = text.trim().parse::<u32>().map(|pid| format!(" (process {pid})"));
            return Err(LockError::Taken(holder.unwrap_or_default()));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    let note = file
        .set_len(0)
        .and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
    note.map_err(unusable)?;
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_stack_is_turned_away_until_the_first_ends() {
        let data = std::env::temp_dir().join(format!("tenantry-lock-{}", std::process::id()));
        let first = take(&data).unwrap();
        let refused = take(&data).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("(process {})", std::process::id())),
            "{refused}"
        );
        drop(first);
        take(&data).unwrap();
        std::fs::remove_dir_all(data).unwrap();
    }
}
