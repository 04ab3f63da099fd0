//! The groups one administers, and the people in them.

use crate::routes::Routes;

pub(in crate::agm) fn add(routes: Routes) -> Routes {
    routes
}
