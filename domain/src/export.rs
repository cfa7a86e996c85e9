//! A plan as CSV or JSON.
