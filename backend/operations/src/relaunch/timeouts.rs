//! How long each part of a relaunch may take: the defaults, in one place, and how a deployment sets others.

use std::time::Duration;

use strum::VariantNames;

use super::lease::Lease;

/// How long each part of a relaunch may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// The checks before anything is started.
    pub preflight: Duration,
    /// One attempt to have an instance started.
    pub launch: Duration,
    /// From the launch until both status checks pass. EC2 makes a check each minute, and a first boot takes
    /// a few of them.
    pub boot: Duration,
    /// From then until the host reports that its app answers: packages are installed meanwhile. The host itself
    /// gives up a little earlier, so that its log arrives.
    pub report: Duration,
    /// Until the host answers from outside.
    pub probe: Duration,
    /// Moving the address.
    pub switch: Duration,
    /// How long the new host serves before the old one goes.
    pub bake: Duration,
    /// Until EC2 has begun to terminate the old instance.
    pub retire: Duration,
    /// Undoing what was done, while someone drives it and EC2 can be asked.
    pub undo: Duration,
    /// How long an instance may take to show up when nobody knows whether its launch went through: as long as a driver
    /// that was stopped may still begin and make a call ([`Lease::TERM`]), and then as long as EC2 may take to show
    /// what it launched. It takes at least the first of these, and the time to undo at least that and a lease more,
    /// which a driver that ends at once may waste.
    pub settle: Duration,
}

/// A part of a relaunch that has a time of its own, by the name that a deployment sets it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "snake_case")]
enum Part {
    Preflight,
    Launch,
    Boot,
    Report,
    Probe,
    Switch,
    Bake,
    Retire,
    Undo,
    Settle,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            preflight: Duration::from_secs(60),
            launch: Duration::from_secs(120),
            boot: Duration::from_secs(10 * 60),
            report: Duration::from_secs(10 * 60),
            probe: Duration::from_secs(60),
            switch: Duration::from_secs(60),
            bake: Duration::from_secs(2 * 60),
            retire: Duration::from_secs(120),
            undo: Duration::from_secs(5 * 60),
            settle: Duration::from_secs(60),
        }
    }
}

impl Timeouts {
    /// The defaults, but for those that `text` sets in seconds: `bake=0,report=300`.
    ///
    /// # Errors
    /// The part that is not understood, and what is; or the times that don't fit together.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut timeouts = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let known = part.split_once('=').and_then(|(name, seconds)| {
                Some((timeouts.of(name.trim().parse().ok()?), seconds.trim().parse().ok()?))
            });
            match known {
                // A day is longer than anything here takes, and far from where sums of times would overflow.
                Some((timeout, seconds @ 0..=86_400)) => *timeout = Duration::from_secs(seconds),
                _ => {
                    return Err(format!(
                        "{part:?} is not understood; it takes name=seconds, separated by commas, at most 86400 \
                         each, with the names {}",
                        Part::VARIANTS.join(", ")
                    ));
                }
            }
        }
        if timeouts.settle < Lease::TERM || timeouts.undo < timeouts.settle.saturating_add(Lease::TERM) {
            return Err(format!(
                "settle is {} s and undo {} s; settle takes at least {term} s, since a driver that was stopped may \
                 make a call for so long, and undo at least {term} s more than settle",
                timeouts.settle.as_secs(),
                timeouts.undo.as_secs(),
                term = Lease::TERM.as_secs()
            ));
        }
        Ok(timeouts)
    }

    /// How long a relaunch may take in all, with several attempts to launch and all of it undone in the end, and then some.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let steps = [
            self.preflight,
            self.boot,
            self.report,
            self.probe,
            self.switch,
            self.bake,
            self.probe,
            self.retire,
        ];
        let all = steps.into_iter().fold(Duration::ZERO, Duration::saturating_add);
        all.saturating_add(self.launch.saturating_mul(4)).saturating_add(self.undo.saturating_mul(4))
    }

    const fn of(&mut self, part: Part) -> &mut Duration {
        match part {
            Part::Preflight => &mut self.preflight,
            Part::Launch => &mut self.launch,
            Part::Boot => &mut self.boot,
            Part::Report => &mut self.report,
            Part::Probe => &mut self.probe,
            Part::Switch => &mut self.switch,
            Part::Bake => &mut self.bake,
            Part::Retire => &mut self.retire,
            Part::Undo => &mut self.undo,
            Part::Settle => &mut self.settle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_stays_as_it_is() {
        let timeouts = Timeouts::parse("bake=0, report=30").expect("understood");
        let expected =
            Timeouts { bake: Duration::ZERO, report: Duration::from_secs(30), ..Timeouts::default() };
        assert_eq!(timeouts, expected);
        assert_eq!(Timeouts::parse(""), Ok(Timeouts::default()));
    }

    #[test]
    fn each_part_is_set_by_its_name() {
        for name in Part::VARIANTS {
            let seconds = if matches!(*name, "settle" | "undo") { 777 } else { 7 };
            let text = format!("undo=900,{name}={seconds}");
            let mut timeouts = Timeouts::parse(&text).expect("understood");
            assert_eq!(*timeouts.of(name.parse().expect("a name")), Duration::from_secs(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_undone_waits_for_whoever_was_stopped() {
        for times in ["settle=14", "settle=40,undo=54", "undo=60"] {
            let error = Timeouts::parse(times).expect_err(times);
            assert!(error.contains("settle") && error.contains("undo"), "{error}");
        }
        assert!(Timeouts::parse("settle=15,undo=30").is_ok());
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for part in ["bake", "bake=soon", "bake=-1", "nap=3", "bake=86401"] {
            let error = Timeouts::parse(part).expect_err(part);
            assert!(
                error.contains(part) && Part::VARIANTS.iter().all(|name| error.contains(name)),
                "{error}"
            );
        }
    }
}
