//! What can be asked of a rollout that runs.

use crate::{Code, Error, Instant, Rollout, RolloutStatus};

/// What can be asked of a rollout that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutCommand {
    /// Begin nothing more for the time being.
    Pause,
    /// Go on.
    Resume,
    /// Begin nothing more at all.
    Cancel,
}

impl RolloutCommand {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pause, Self::Resume, Self::Cancel];

    /// The name, as in the path.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }
}

impl Rollout {
    /// Does what somebody asks; `false` when it is so already.
    ///
    /// # Errors
    /// It has ended, has been called off, or is being rolled back.
    pub fn obey(&mut self, command: RolloutCommand, who: &str, now: Instant) -> Result<bool, Error> {
        use RolloutCommand as C;
        let refused = |what: &str, instead: &str| {
            let message = format!("The rollout {what}: {} is not possible. {instead}", command.name());
            Err(Error::new(Code::WrongState, message))
        };
        if self.status.is_final() {
            let what = format!("is {}", self.status.name());
            return refused(&what, "Begin another: POST /api/platform/rollouts.");
        }
        if self.status == RolloutStatus::RollingBack {
            return refused(
                "is being rolled back",
                "Wait for its end; PUT /api/platform/freeze stops everything.",
            );
        }
        match (command, self.cancelled_by.is_some()) {
            (C::Cancel, true) => return Ok(false),
            (C::Pause | C::Resume, true) => {
                return refused(
                    "has been called off",
                    "Wait for the end of what still runs, then begin another.",
                );
            }
            (C::Cancel, false) => self.cancelled_by = Some(who.to_owned()),
            (C::Pause, false) if self.status == RolloutStatus::Paused => return Ok(false),
            (C::Pause, false) => self.status = RolloutStatus::Paused,
            (C::Resume, false) if self.status == RolloutStatus::Running => return Ok(false),
            (C::Resume, false) => self.status = RolloutStatus::Running,
        }
        self.generation += 1;
        self.due_at = Some(now);
        self.moved_at = now;
        Ok(true)
    }
}
