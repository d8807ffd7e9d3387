//! What the platform's owner allows: so many clients, so much money. Refused before anything is recorded, let alone called.

use domain::{ClientStatus, Code, Error};
use runtime::{Settings, SettingsError};

use crate::state::State;

/// The limits; zero means none.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    clients: u64,
    budget_cents: u64,
    database_cost_cents: u64,
    platform_cost_cents: u64,
}

impl Limits {
    /// Reads them.
    ///
    /// # Errors
    /// A variable is missing or is no number.
    pub fn read(settings: &Settings) -> Result<Self, SettingsError> {
        Ok(Self {
            clients: settings.parsed("MAXIMUM_CLIENTS", "a number")?,
            budget_cents: settings.parsed("MONTHLY_BUDGET_CENTS", "a number of cents")?,
            database_cost_cents: settings.parsed("DATABASE_COST_CENTS", "a number of cents")?,
            platform_cost_cents: settings.parsed("PLATFORM_COST_CENTS", "a number of cents")?,
        })
    }

    /// Is there room for one more?
    ///
    /// # Errors
    /// There is not.
    pub async fn check(&self, state: &State) -> Result<(), Error> {
        if self.clients == 0 && self.budget_cents == 0 {
            return Ok(());
        }
        // Who is deleted costs nothing; who is being deleted still does.
        let there = state
            .directory
            .look(|clients| clients.filter(|client| client.status != ClientStatus::Deleted).count())
            .await?;
        self.room_for_one_more(u64::try_from(there).unwrap_or(u64::MAX))
    }

    fn room_for_one_more(&self, there: u64) -> Result<(), Error> {
        if self.clients > 0 && there >= self.clients {
            return Err(refused(format!(
                "The platform has its {} clients (MaximumClients). Delete one, or raise the limit.",
                self.clients
            )));
        }
        let databases = self.database_cost_cents.saturating_mul(there.saturating_add(1));
        let cost = self.platform_cost_cents.saturating_add(databases);
        if self.budget_cents > 0 && cost > self.budget_cents {
            return Err(refused(format!(
                "With one more client the platform would cost {} cents a month, more than its budget of {} (MonthlyBudgetCents). \
                 Delete one, or raise the budget.",
                cost, self.budget_cents
            )));
        }
        Ok(())
    }
}

fn refused(message: String) -> Error {
    Error::new(Code::NotAvailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(clients: u64, budget_cents: u64) -> Limits {
        Limits {
            clients,
            budget_cents,
            database_cost_cents: 500,
            platform_cost_cents: 2500,
        }
    }

    #[test]
    fn a_limit_is_reached_and_not_passed() {
        for (limits, there, fits) in [
            (limits(0, 0), 1_000_000, true),
            (limits(2, 0), 1, true),
            (limits(2, 0), 2, false),
            (limits(0, 3500), 1, true),
            (limits(0, 3500), 2, false),
        ] {
            assert_eq!(limits.room_for_one_more(there).is_ok(), fits, "{limits:?} {there}");
        }
    }
}
