//! The table of all cells.

use std::{collections::BTreeMap, fmt};

use crate::wire::Mode;

/// Cells and failures by operation and mode.
#[derive(Debug, Default)]
pub struct Table {
    rows: BTreeMap<&'static str, Row>,
}

#[derive(Debug, Default)]
struct Row {
    effects: usize,
    cells: [usize; 8],
    failures: usize,
}

impl Table {
    /// Adds a cell.
    pub fn add(&mut self, operation: &'static str, effects: usize, mode: Mode, failed: bool) {
        let row = self.rows.entry(operation).or_default();
        row.effects = row.effects.max(effects);
        let place = Mode::ALL.iter().position(|other| *other == mode).unwrap();
        row.cells[place] += 1;
        row.failures += usize::from(failed);
    }

    /// How many cells there are, and how many failed.
    pub fn sum(&self) -> (usize, usize) {
        let cells = self.rows.values().map(|row| row.cells.iter().sum::<usize>()).sum();
        (cells, self.rows.values().map(|row| row.failures).sum())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            "killed before",
            "killed after",
            "500",
            "429",
            "timed out",
            "response lost",
            "malformed",
            "refused",
        ];
        writeln!(f, "| operation | effects | {} | failures |", names.join(" | "))?;
        writeln!(f, "| --- | --- | {} --- |", "--- | ".repeat(names.len()))?;
        for (operation, row) in &self.rows {
            let cells: Vec<String> = row.cells.iter().map(ToString::to_string).collect();
            writeln!(
                f,
                "| {operation} | {} | {} | {} |",
                row.effects,
                cells.join(" | "),
                row.failures
            )?;
        }
        let (cells, failures) = self.sum();
        write!(f, "{cells} cells, {failures} failures")
    }
}
