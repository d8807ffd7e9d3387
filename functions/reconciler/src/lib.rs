//! Re-sends what was lost, ends what is overdue
