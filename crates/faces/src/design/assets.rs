//! Files that pages load: compiled in, named by their content, so that they may be kept for ever.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// A file that pages load.
#[derive(Debug)]
struct Asset {
    /// The name by which templates ask for it.
    name: &'static str,
    kind: &'static str,
    content: &'static str,
    /// The name under which it is served: with a hash of the content.
    served_as: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files = [
        (
            "usher.css",
            "text/css; charset=utf-8",
            include_str!("../../assets/usher.css"),
        ),
        ("mark.svg", "image/svg+xml", include_str!("../../assets/mark.svg")),
    ];
    files
        .into_iter()
        .map(|(name, kind, content)| Asset {
            name,
            kind,
            content,
            served_as: hashed(name, content),
        })
        .collect()
});

/// `usher.css` becomes `usher.<hash>.css`.
fn hashed(name: &str, content: &str) -> String {
    // FNV-1a: it names a version of our own file and guards nothing.
    let hash = content.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}.{hash:016x}.{extension}")
}

/// The path of a file of that plain name.
pub(crate) fn asset_url(name: &str) -> Option<String> {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map(|asset| format!("/assets/{}", asset.served_as))
}

/// The file that is served under that name. One whose content has changed since is not found under its old name.
pub(crate) fn asset(served_as: &str) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.served_as == served_as)?;
    let mut response = asset.content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    Some(response)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_served_under_the_name_of_its_content_only() {
        let url = asset_url("usher.css").unwrap();
        assert!(asset(url.trim_start_matches("/assets/")).is_some());
        assert!(asset("usher.css").is_none());
        assert!(asset("usher.0000000000000000.css").is_none());
        assert_ne!(hashed("a.css", "x"), hashed("a.css", "y"));
    }

    /// The custom properties of one half of the style sheet: light, or dark.
    fn colours(css: &str) -> Vec<(&str, [f64; 3])> {
        let lines = css
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
        let channel = |hex: &str, at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        lines
            .map(|(name, hex)| (name, [channel(hex, 0), channel(hex, 2), channel(hex, 4)]))
            .collect()
    }

    /// WCAG's ratio of two colours.
    fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
        let luminance = |[red, green, blue]: [f64; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
        let (one, other) = (luminance(one), luminance(other));
        if one > other { one / other } else { other / one }
    }

    #[test]
    fn text_stands_out_from_every_ground_in_light_and_dark() {
        let css = include_str!("../../assets/usher.css");
        let (light, dark) = css.split_once("@media (prefers-color-scheme: dark)").unwrap();
        let dark = &dark[..dark.find("/* Ground */").unwrap()];
        for half in [light, dark] {
            let colours = colours(half);
            let colour = |name: &str| colours.iter().find(|(known, _)| *known == name).unwrap().1;
            let text = ["ink", "muted", "accent", "accent-strong"].iter();
            let on_grounds = text.flat_map(|text| ["paper", "surface", "sunken"].map(|ground| (*text, ground, 4.5)));
            let on_soft = ["good", "warn", "bad", "accent"]
                .map(|tone| (tone, ["good-soft", "warn-soft", "bad-soft", "accent-soft"]));
            let on_soft = on_soft
                .into_iter()
                .enumerate()
                .map(|(index, (tone, soft))| (tone, soft[index], 4.5));
            let others = [
                ("on-accent", "accent", 4.5),
                ("on-accent", "accent-strong", 4.5),
                ("bad", "surface", 4.5),
                ("ink", "good-soft", 4.5),
            ];
            let borders = [("line-strong", "surface", 3.0), ("line-strong", "paper", 3.0)];
            for (front, ground, least) in on_grounds.chain(on_soft).chain(others).chain(borders) {
                let ratio = contrast(colour(front), colour(ground));
                assert!(ratio >= least, "--{front} on --{ground}: {ratio:.2}");
            }
        }
    }
}
