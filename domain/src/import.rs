//! Shifts from CSV.
