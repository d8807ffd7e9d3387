//! How verdicts and what is remembered of a site stand in a page.

use super::{
    PageError,
    codec::{Reader, Writer},
};
use crate::{
    Instant,
    monitoring::{
        confirm::{Confirmation, Standing},
        judge::Critical,
        probe::Failure,
        track::WarningTrack,
        warning::Warnings,
    },
};

const NEW: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;
const STANDING: u8 = 0b11;
const TOLD: u8 = 1 << 2;
const UNKNOWN: u8 = 1 << 3;
const DOUBTED: u8 = 1 << 4;
const RECOVERED: u8 = 1 << 5;
const WARNINGS: u8 = 1 << 6;
const CONCLUSIVE: u8 = 1 << 7;

/// **Invariant:** a code keeps its meaning; new ones are added.
pub(super) fn write_critical(writer: &mut Writer, reason: Critical) {
    let (code, detail) = match reason {
        Critical::Unreachable(failure) => (0, Some(u16::from(failure.code()))),
        Critical::FrontPage(status) => (1, Some(status)),
        Critical::HealthUnreachable(failure) => (2, Some(u16::from(failure.code()))),
        Critical::HealthStatus(status) => (3, Some(status)),
        Critical::HealthUnreadable => (4, None),
        Critical::Failing => (5, None),
        Critical::Database => (6, None),
        Critical::Condition => (7, None),
    };
    writer.byte(code);
    if let Some(detail) = detail {
        writer.number(u64::from(detail));
    }
}

pub(super) fn read_critical(reader: &mut Reader<'_>) -> Result<Critical, PageError> {
    Ok(match reader.byte()? {
        0 => Critical::Unreachable(read_failure(reader)?),
        1 => Critical::FrontPage(reader.small()?),
        2 => Critical::HealthUnreachable(read_failure(reader)?),
        3 => Critical::HealthStatus(reader.small()?),
        4 => Critical::HealthUnreadable,
        5 => Critical::Failing,
        6 => Critical::Database,
        7 => Critical::Condition,
        _ => return Err(PageError::Nonsense("a reason is unknown")),
    })
}

fn read_failure(reader: &mut Reader<'_>) -> Result<Failure, PageError> {
    let code: usize = reader.small()?;
    let failure = Failure::ALL.get(code).copied();
    failure.ok_or(PageError::Nonsense("a failure is unknown"))
}

/// Is this all that there is to remember: up, nothing in doubt, checked at this moment?
pub(super) fn is_steady(state: &Confirmation, at: Instant) -> bool {
    *state == steady(at)
}

pub(super) fn steady(at: Instant) -> Confirmation {
    Confirmation {
        standing: Standing::Up,
        seen: Some(at),
        conclusive: Some(at),
        ..Confirmation::default()
    }
}

/// Times are written as distances from `at`: they are near it.
pub(super) fn write_state(writer: &mut Writer, state: &Confirmation, at: Instant) {
    let distance = |writer: &mut Writer, instant: Instant| {
        writer.signed(instant.milliseconds().wrapping_sub(at.milliseconds()));
    };
    let (standing, told) = match state.standing {
        Standing::New => (NEW, false),
        Standing::Up => (UP, false),
        Standing::Down { told, .. } => (DOWN, told),
    };
    let flags = [
        (TOLD, told),
        (UNKNOWN, state.unknown),
        (DOUBTED, state.doubted.is_some()),
        (RECOVERED, state.recovered.is_some()),
        (WARNINGS, !state.warnings.is_blank()),
        (CONCLUSIVE, state.conclusive.is_some()),
    ];
    writer.byte(
        flags
            .into_iter()
            .filter(|(_, set)| *set)
            .fold(standing, |all, (flag, _)| all | flag),
    );
    writer.byte(state.recent);
    writer.byte(state.conviction & 7 | (state.stage & 3) << 3 | (state.relapses & 7) << 5);
    // Never-seen sites are not written; if one is, it counts as seen now.
    distance(writer, state.seen.unwrap_or(at));
    if let Standing::Down {
        since, reason, good, ..
    } = state.standing
    {
        distance(writer, since);
        write_critical(writer, reason);
        writer.byte(good);
    }
    for instant in [state.doubted, state.recovered, state.conclusive].into_iter().flatten() {
        distance(writer, instant);
    }
    if !state.warnings.is_blank() {
        writer.number(u64::from(state.warnings.counters()));
        writer.number(u64::from(state.warnings.reported().bits()));
    }
}

pub(super) fn read_state(reader: &mut Reader<'_>, at: Instant) -> Result<Confirmation, PageError> {
    let distance = |reader: &mut Reader<'_>| -> Result<Instant, PageError> {
        let distance = reader.signed()?;
        Ok(Instant::from_milliseconds(at.milliseconds().wrapping_add(distance)))
    };
    let flags = reader.byte()?;
    let recent = reader.byte()?;
    let small = reader.byte()?;
    let seen = distance(reader)?;
    let standing = match flags & STANDING {
        NEW => Standing::New,
        UP => Standing::Up,
        DOWN => Standing::Down {
            since: distance(reader)?,
            reason: read_critical(reader)?,
            told: flags & TOLD != 0,
            good: reader.byte()?,
        },
        _ => return Err(PageError::Nonsense("a standing is unknown")),
    };
    let mut optional = |flag: u8| (flags & flag != 0).then(|| distance(reader)).transpose();
    let (doubted, recovered, conclusive) = (optional(DOUBTED)?, optional(RECOVERED)?, optional(CONCLUSIVE)?);
    let warnings = if flags & WARNINGS == 0 {
        WarningTrack::default()
    } else {
        WarningTrack::from_parts(reader.small()?, Warnings::from_bits(reader.small()?))
    };
    Ok(Confirmation {
        standing,
        recent,
        doubted,
        conviction: small & 7,
        stage: small >> 3 & 3,
        unknown: flags & UNKNOWN != 0,
        warnings,
        relapses: small >> 5,
        recovered,
        seen: Some(seen),
        conclusive,
    })
}
