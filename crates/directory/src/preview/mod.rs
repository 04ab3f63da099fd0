//! What will happen until an instant if nobody does anything: the same rules as the jobs, run forward over a copy in memory.
