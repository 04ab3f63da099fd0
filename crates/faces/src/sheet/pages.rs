//! People or groups page by page, in the order in which they were made.

use directory::client::{Profile, ResourceKind};
use directory::view::{ListRequest, Paging, Shape};
use directory::{Directory, Error, Principal, Scope};
use scim::filter::Filter;
use scim::projection::Projection;
use serde_json::{Map, Value};

/// Resources read at a time.
const SLICE: usize = 500;

/// Pages of people or groups.
pub struct Pages {
    directory: Directory,
    principal: Principal,
    request: Option<ListRequest>,
}

impl Pages {
    /// Those that match, showing so much of each.
    #[must_use]
    pub fn of(
        (directory, principal): (&Directory, &Principal),
        kind: ResourceKind,
        filter: Option<Filter>,
        shape: Shape,
    ) -> Self {
        Self {
            directory: directory.clone(),
            principal: principal.clone(),
            request: Some(ListRequest {
                kinds: vec![kind],
                filter,
                sort: None,
                paging: Paging::Cursor {
                    cursor: String::new(),
                    count: SLICE,
                },
                projection: shape.projection,
                base: shape.base,
                needs: Scope::Admin,
            }),
        }
    }

    /// Groups that match, of each its id and displayName: members are read apart.
    ///
    /// # Errors
    /// Never, unless the schema loses these.
    pub fn of_groups(by: (&Directory, &Principal), filter: Option<Filter>) -> Result<Self, Error> {
        let schema = by.0.schemas().resource(ResourceKind::Group, Profile::Generic);
        let shape = Shape {
            projection: Projection::from_lists(&["displayName".to_owned()], &[], &[schema])?,
            base: String::new(),
        };
        Ok(Self::of(by, ResourceKind::Group, filter, shape))
    }

    /// The next page; none at the end.
    ///
    /// # Errors
    /// As [`Directory::list`].
    pub async fn next_page(&mut self) -> Result<Option<Vec<Map<String, Value>>>, Error> {
        let Some(mut request) = self.request.take() else {
            return Ok(None);
        };
        let page = self.directory.list(&self.principal, &request).await?;
        if let Some(cursor) = page.next {
            request.paging = Paging::Cursor { cursor, count: SLICE };
            self.request = Some(request);
        }
        let read = page.resources.iter().filter_map(|text| serde_json::from_str(text).ok());
        Ok(Some(read.collect()))
    }
}
