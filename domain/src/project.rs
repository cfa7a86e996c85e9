//! Rows as the plain objects a UI shows.
