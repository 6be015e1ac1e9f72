//! The icons: one path each on a 24 × 24 grid, drawn with the colour of the text around them.

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Alert,
    ArrowLeft,
    Check,
    Clock,
    Copy,
    Cross,
    Download,
    Info,
    Layers,
    List,
    Lock,
    Minus,
    Moon,
    Pencil,
    People,
    Pin,
    Plus,
    Question,
    Redo,
    Refresh,
    Screen,
    Search,
    Server,
    SignIn,
    SignOut,
    Stop,
    Sun,
    Trash,
    Undo,
    Apple,
    Windows,
    Linux,
    VideoCamera,
    Trophy,
    Camera,
    Plane,
    Paperclip,
    Coffee,
    Gamepad,
    Bug,
    Umbrella,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 4 2.8 19.5h18.4L12 4ZM12 10v4.4M12 17v.1",
            Self::ArrowLeft => "M19 12H5M11 6l-6 6 6 6",
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::Clock => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.5 2",
            Self::Copy => "M9 9h10v11H9zM5 15V4h10",
            Self::Cross => "m6 6 12 12M18 6 6 18",
            Self::Download => "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14",
            Self::Info => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 7.8v.1",
            Self::Layers => "m12 4 8.5 4.5L12 13 3.5 8.5 12 4ZM3.5 12.5 12 17l8.5-4.5M3.5 16.5 12 21l8.5-4.5",
            Self::List => "M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.1M4.5 12h.1M4.5 17.5h.1",
            Self::Lock => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
            Self::Minus => "M6 12h12",
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z",
            Self::Pencil => "m4 20 1-4.2L16.4 4.4a2.2 2.2 0 0 1 3.2 3.2L8.2 19 4 20ZM14.3 6.5l3.2 3.2",
            Self::People => {
                "M9 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.4a4 4 0 0 1 0 7.2M18 14.2a6.5 6.5 0 0 1 3.5 5.8"
            }
            Self::Pin => {
                "M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11ZM12 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::Question => "M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3M12 18v.1",
            Self::Redo => "m16 5 4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h5",
            Self::Refresh => "M19.5 9A8 8 0 0 0 5 8.5M4.5 15A8 8 0 0 0 19 15.5M19.5 4v5h-5M4.5 20v-5h5",
            Self::Screen => "M3.5 5h17v11h-17zM9 20h6M12 16v4",
            Self::Search => "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm4.8-1.7L20 20",
            Self::Server => "M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.1M7.5 16h.1M11 8h5M11 16h5",
            Self::SignIn => "M14 4h5v16h-5M4 12h11M11 8l4 4-4 4",
            Self::SignOut => "M10 4H5v16h5M10 12h10M16 8l4 4-4 4",
            Self::Stop => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9 9h6v6H9z",
            Self::Sun => {
                "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"
            }
            Self::Trash => "M4 7h16M9 7V4.5h6V7M6.5 7l.8 12.5h9.4L17.5 7M10 11v5M14 11v5",
            Self::Undo => "M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H9",
            Self::Apple => {
                "M12 8c-1.2-.9-2.5-1.2-3.6-1C6 7.4 4.5 9.6 4.5 12.3c0 3.6 2.4 7.7 4.8 7.7 1 0 1.7-.6 2.7-.6s1.7.6 2.7.6c1.9 0 3.8-2.6 4.5-5.2-1.7-.7-2.7-2-2.7-3.7 0-1.5.8-2.7 2-3.4-1-.7-2.2-1-3.4-.7-1.2.2-2 .6-3.1 1ZM12 7.6c0-2.3 1.3-4.1 3.3-4.6"
            }
            Self::Windows => "m4 6.2 7-1v6.3H4zM13 4.9l7-1v7.6h-7zM4 13.5h7v6.3l-7-1zM13 13.5h7v7.6l-7-1z",
            Self::Linux => {
                "M8.6 11.2c.7-1.4.4-2.4.4-4C9 4.8 10.2 3 12 3s3 1.8 3 4.2c0 1.6-.3 2.6.4 4 1 1.8 2.2 3 2.2 5.3M8.6 11.2c-1 1.8-2.2 3-2.2 5.3M10.4 9.4l1.6 1.3 1.6-1.3M10.7 6.8v.1M13.3 6.8v.1M6.4 16.2l-3 3.2 5.4 1.6.8-2.8zM17.6 16.2l3 3.2-5.4 1.6-.8-2.8zM9.6 19h4.8"
            }
            Self::VideoCamera => "M3.5 7h11v10h-11zM14.5 11l6-3.5v9l-6-3.5",
            Self::Trophy => {
                "M7.5 4h9v5.5a4.5 4.5 0 0 1-9 0zM7.5 5.5H4V7a3.5 3.5 0 0 0 3.7 3.5M16.5 5.5H20V7a3.5 3.5 0 0 1-3.7 3.5M12 14v6M8 20.5h8"
            }
            Self::Camera => {
                "M3.5 8h4L9 5.5h6L16.5 8h4v11h-17zM12 16.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6Z"
            }
            Self::Plane => {
                "M12 2.8c-.9 0-1.6 1-1.6 2.2v4.4L3 14v2l7.4-2v4l-2.2 1.7v1.5l3.8-1.1 3.8 1.1v-1.5L13.6 18v-4l7.4 2v-2l-7.4-4.6V5c0-1.2-.7-2.2-1.6-2.2Z"
            }
            Self::Paperclip => {
                "m19 11-7.8 7.8a4.2 4.2 0 0 1-6-6l8-8a2.8 2.8 0 0 1 4 4l-7.9 7.9a1.4 1.4 0 0 1-2-2l7-7"
            }
            Self::Coffee => {
                "M4.5 9h12v6a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5zM16.5 10.5h1.2a2.8 2.8 0 0 1 0 5.6h-1.3M8.5 3.5V6M12.5 3.5V6"
            }
            Self::Gamepad => {
                "M7.5 7h9a5 5 0 0 1 4.9 4l.9 4.4a2.6 2.6 0 0 1-4.7 2L15.8 15H8.2l-1.8 2.4a2.6 2.6 0 0 1-4.7-2L2.6 11a5 5 0 0 1 4.9-4ZM8 9.5v3.4M6.3 11.2h3.4M15 10.2v.1M17.2 12.2v.1"
            }
            Self::Bug => {
                "M8 10a4 4 0 0 1 8 0v5a4 4 0 0 1-8 0zM9.5 6.8l-2-2.3M14.5 6.8l2-2.3M8 11 4.5 9M8 14H4M8.5 17 5 19.5M16 11l3.5-2M16 14h4M15.5 17l3.5 2.5M12 11v8"
            }
            Self::Umbrella => "M12 3v1.5M3.5 13a8.5 8.5 0 0 1 17 0zM12 13v5.5a2 2 0 0 1-4 0",
        }
    }
}

/// An icon beside words that say the same; hidden from who listens to the page.
#[component]
pub(crate) fn Picture(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=icon.path() />
        </svg>
    }
}

/// Rollcall's mark: a ring that comes round to a dot, with the tick of someone who is present.
#[component]
pub(crate) fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path class="logo-ring" d="M22.6 6.5a12 12 0 1 0 5 7" />
            <circle class="logo-dot" cx="26.2" cy="9.4" r="2.3" />
            <path class="logo-tick" d="m10.8 16.6 3.9 3.9 7-8" />
        </svg>
    }
}
