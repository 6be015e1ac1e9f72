//! The cookies of a browser: its session, and what binds a sign-in to it.

use http::{HeaderMap, HeaderValue, header};

use super::id::SessionId;

/// Where a cookie is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// With requests of this site's own pages alone.
    FromHere,
    /// Also when the issuer's page sends the browser back here.
    AndOnArrival,
}

/// What the cookies of a site are called, and where they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cookies {
    /// Whether the site is on plain HTTP, which it is on this machine alone.
    plain: bool,
}

impl Cookies {
    pub(crate) const fn new(plain: bool) -> Self {
        Self { plain }
    }

    pub(crate) const fn session_name(self) -> &'static str {
        if self.plain { "rollcall" } else { "__Host-rollcall" }
    }

    const fn browser_name(self) -> &'static str {
        if self.plain { "rollcall-browser" } else { "__Host-rollcall-browser" }
    }

    /// What a request holds for a session: the text as it stands, so that one that is no id is told from none.
    pub(crate) fn session(self, headers: &HeaderMap) -> Option<&str> {
        value(headers, self.session_name())
    }

    /// What a request holds to tell this browser from others while it signs in.
    pub(crate) fn browser(self, headers: &HeaderMap) -> Option<SessionId> {
        SessionId::parse(value(headers, self.browser_name())?)
    }

    /// The header that has the browser keep a session, until it is closed.
    pub(crate) fn keep_session(self, id: &SessionId) -> HeaderValue {
        self.set(self.session_name(), &id.to_text(), Sent::FromHere, "")
    }

    pub(crate) fn drop_session(self) -> HeaderValue {
        self.set(self.session_name(), "", Sent::FromHere, "; Max-Age=0")
    }

    pub(crate) fn keep_browser(self, id: &SessionId) -> HeaderValue {
        self.set(self.browser_name(), &id.to_text(), Sent::AndOnArrival, "; Max-Age=3600")
    }

    /// With the prefix `__Host-` a browser takes a cookie only over TLS, for this host alone and for all of it
    /// ([RFC 6265bis, section 4.1.3](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3)).
    fn set(self, name: &str, value: &str, sent: Sent, more: &str) -> HeaderValue {
        let secure = if self.plain { "" } else { "; Secure" };
        let same_site = match sent {
            Sent::FromHere => "Strict",
            Sent::AndOnArrival => "Lax",
        };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}{more}");
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The value of a cookie. Of several of a name the first counts, which the browser holds for the narrowest scope.
fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(other, _)| *other == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        [(header::COOKIE, HeaderValue::from_str(cookie).expect("a header"))].into_iter().collect()
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let cookies = Cookies::new(false);
        assert_eq!(cookies.session(&with("a=1; __Host-rollcall=x; b=2")), Some("x"));
        assert_eq!(cookies.session(&with("rollcall=x; x__Host-rollcall=y")), None);
        assert_eq!(cookies.session(&HeaderMap::new()), None);
    }

    #[test]
    fn over_tls_a_session_is_for_this_host_and_no_script() {
        let id = SessionId::random().expect("random");
        let set = Cookies::new(false).keep_session(&id);
        let expected = format!("__Host-rollcall={}; Path=/; HttpOnly; SameSite=Strict; Secure", id.to_text());
        assert_eq!(set, expected);
        let plain = Cookies::new(true).drop_session();
        assert_eq!(plain, "rollcall=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    }
}
