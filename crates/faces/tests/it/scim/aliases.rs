//! Other spellings of the base.

use serde_json::json;

use super::{hr, user};

testkit::both! {
    async fn other_spellings_of_the_base_are_the_same(app: TestApp) {
        let hr = hr(&app).await;
        let ann = user(&hr, "ann").await;
        let wanted = hr.get(&format!("/scim/v2/Users/{ann}")).await.expect(200);
        for path in [format!("/scim/Users/{ann}"), format!("/scim/v2/v2/Users/{ann}"), format!("/scim/v2/Users/{ann}/"), format!("/realms/default/scim/Users/{ann}")] {
            assert_eq!(hr.get(&path).await.expect(200).text, wanted.text, "{path}");
        }
        for path in ["/scim/Users/?filter=userName+eq+%22ann%22", "/scim/v2/v2/Users?count=1", "/scim", "/scim/v2/"] {
            assert_eq!(hr.get(path).await.expect(200).at("/totalResults"), 1, "{path}");
        }
        let made = hr.post("/scim/Users", json!({ "userName": "ben" })).await.expect(201);
        assert!(made.header("location").contains("/scim/v2/Users/"), "the location has the usual spelling");
    }
}
