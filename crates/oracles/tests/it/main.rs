//! The corpus of `fuzz/`, without any mutation: what was once found stays mended.

mod step_2_4_fuzz;
