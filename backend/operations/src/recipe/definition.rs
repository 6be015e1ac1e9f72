//! What each recipe consists of.

use jiff::civil::{Date, date};
use rollcall_api::revision::RecipeName;

use super::variable::Variable;

/// The tutorial's instance type, which the free tier covers.
pub const DEFAULT_INSTANCE_TYPE: &str = "t2.micro";

/// A recipe's own part: what [`RecipeName`] stands for.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) template: &'static str,
    pub(super) variables: &'static [Variable],
    pub(super) identity: Identity,
    pub(super) health: &'static [Health],
    pub(super) default_image: &'static str,
    pub(super) end_of_life: Option<Date>,
}

/// Where an app tells on which instance it runs.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    pub path: &'static str,
    pub place: Place,
}

/// Where in its answer.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// A field of a JSON object.
    Field(&'static str),
    /// In a page, behind this label and a colon; tags don't count.
    Line(&'static str),
}

/// What a new host is asked over HTTP.
#[derive(Debug, Clone, Copy)]
pub struct Questions {
    /// Where the app tells on which instance it runs.
    pub identity: Identity,
    /// What it must answer beside that.
    pub health: &'static [Health],
}

/// A question beside the identity that a new host is asked over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    pub path: &'static str,
    pub status: u16,
    /// What must stand in the answer.
    pub text: Option<&'static str>,
    /// Whether the host is not as it should be without it; otherwise that is only told.
    pub required: bool,
}

const FLASK_VARIABLES: &[Variable] = &[Variable::PhotosBucket, Variable::Region];
/// The line `<b>instance_id</b>: i-…` of the original app's page.
const FLASK_IDENTITY: Identity = Identity { path: "/info", place: Place::Line("instance_id") };
/// The list of employees, which needs the table; and the form to add one.
const FLASK_HEALTH: &[Health] = &[
    Health { path: "/", status: 200, text: None, required: true },
    Health { path: "/add", status: 200, text: None, required: false },
];
/// The site, and the list of employees, which needs the table; and a search, which needs the index.
const ROLLCALL_HEALTH: &[Health] = &[
    Health { path: "/", status: 200, text: Some("Rollcall"), required: true },
    Health { path: "/api/employees?limit=1", status: 200, text: Some("employees"), required: true },
    Health { path: "/api/employees?limit=1&q=a", status: 200, text: Some("employees"), required: false },
];
const AL2023_IMAGE: &str = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
const AL2_IMAGE: &str = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2";

/// [Amazon Linux 2 FAQs](https://aws.amazon.com/amazon-linux-2/faqs/): the end of support.
const AL2_END_OF_LIFE: Date = date(2026, 6, 30);
/// [AL2023 release cadence](https://docs.aws.amazon.com/linux/al2023/ug/release-cadence.html): the end of
/// maintenance support.
const AL2023_END_OF_LIFE: Date = date(2029, 6, 30);

/// What the recipe `name` consists of.
#[must_use]
pub const fn definition(name: RecipeName) -> Definition {
    match name {
        RecipeName::Al2Flask => Definition {
            title: "Flask directory on Amazon Linux 2",
            description: "The original app, installed with yum. The system receives no more updates.",
            template: include_str!("al2-flask.sh.j2"),
            variables: FLASK_VARIABLES,
            identity: FLASK_IDENTITY,
            health: FLASK_HEALTH,
            default_image: AL2_IMAGE,
            end_of_life: Some(AL2_END_OF_LIFE),
        },
        RecipeName::Al2023Flask => Definition {
            title: "Flask directory on Amazon Linux 2023",
            description: "The original app, installed with dnf.",
            template: include_str!("al2023-flask.sh.j2"),
            variables: FLASK_VARIABLES,
            identity: FLASK_IDENTITY,
            health: FLASK_HEALTH,
            default_image: AL2023_IMAGE,
            end_of_life: Some(AL2023_END_OF_LIFE),
        },
        RecipeName::Al2023FlaskRpmLock => Definition {
            title: "Flask directory on Amazon Linux 2023, rpm lock removed",
            description: "The original app, for images on which dnf can't lock the rpm database.",
            template: include_str!("al2023-flask-rpm-lock.sh.j2"),
            variables: FLASK_VARIABLES,
            identity: FLASK_IDENTITY,
            health: FLASK_HEALTH,
            default_image: AL2023_IMAGE,
            end_of_life: Some(AL2023_END_OF_LIFE),
        },
        RecipeName::Al2023Rollcall => Definition {
            title: "Rollcall on Amazon Linux 2023",
            description: "Rollcall's own host binary and site, as a systemd service without root. Whoever reaches the \
                          host can read the directory; nobody can change it there.",
            template: include_str!("al2023-rollcall.sh.j2"),
            variables: &[
                Variable::PhotosBucket,
                Variable::Region,
                Variable::EmployeesTable,
                Variable::PeopleTable,
                Variable::SearchIndexTable,
                Variable::ArtifactsBucket,
                Variable::HostArchive,
            ],
            identity: Identity { path: "/api/info", place: Place::Field("instance_id") },
            health: ROLLCALL_HEALTH,
            default_image: AL2023_IMAGE,
            end_of_life: Some(AL2023_END_OF_LIFE),
        },
    }
}

impl Definition {
    /// The variables a revision must set.
    #[must_use]
    pub const fn variables(&self) -> &'static [Variable] {
        self.variables
    }

    /// What a new host is asked over HTTP.
    #[must_use]
    pub const fn questions(&self) -> Questions {
        Questions { identity: self.identity, health: self.health }
    }

    /// The image used when a revision names none.
    #[must_use]
    pub const fn default_image(&self) -> &'static str {
        self.default_image
    }
}
