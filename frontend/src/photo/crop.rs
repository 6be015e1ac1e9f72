//! Which part of a picture becomes a photo: geometry alone.

/// The frame, in its pixels: what the API stores of the sharp picture at most.
pub(super) const WIDTH: f64 = 480.0;
pub(super) const HEIGHT: f64 = 640.0;

/// How much larger than filling the frame a picture may be.
const LARGEST: f64 = 4.0;
pub(super) const LARGEST_PERCENT: u32 = 400;

/// How a picture lies behind the frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Crop {
    /// The sides of the picture as it was chosen, in its pixels.
    width: f64,
    height: f64,
    /// Quarter turns to the right.
    turns: u8,
    /// How large it is; at 1 it just fills the frame.
    zoom: f64,
    /// Where its middle is, from the middle of the frame, in the frame's pixels.
    x: f64,
    y: f64,
}

/// Where a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    /// How many of the frame's pixels one of the picture's takes.
    pub(super) scale: f64,
    /// How far it is turned to the right, in radians.
    pub(super) angle: f64,
    /// Where its middle is in the frame.
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Crop {
    /// The whole width or height of a picture, whichever fills the frame.
    pub(super) const fn of(width: f64, height: f64) -> Self {
        Self { width, height, turns: 0, zoom: 1.0, x: 0.0, y: 0.0 }
    }

    /// The picture moved by some of the frame's pixels, as far as there is more of it.
    pub(super) fn moved(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }.held()
    }

    /// The picture larger or smaller around the middle of the frame.
    pub(super) fn zoomed(self, zoom: f64) -> Self {
        let zoom = zoom.clamp(self.smallest(), LARGEST);
        let factor = zoom / self.zoom;
        Self { zoom, x: self.x * factor, y: self.y * factor, ..self }.held()
    }

    pub(super) fn enlarged(self, factor: f64) -> Self {
        self.zoomed(self.zoom * factor)
    }

    /// The picture turned around the middle of the frame, by a quarter to the right.
    pub(super) fn turned_right(self) -> Self {
        let turned = Self { turns: (self.turns + 1) % 4, x: -self.y, y: self.x, ..self };
        let factor = turned.filling() / self.filling();
        Self { x: turned.x * factor, y: turned.y * factor, ..turned }.zoomed(self.zoom)
    }

    pub(super) fn turned_left(self) -> Self {
        self.turned_right().turned_right().turned_right()
    }

    /// How large it is in percent, and all of it is at the least; at 100 it just fills the frame. Whole numbers, since to read
    /// and write others is as much code as all of this.
    pub(super) fn percent(self) -> u32 {
        percent(self.zoom)
    }

    pub(super) fn least_percent(self) -> u32 {
        percent(self.smallest())
    }

    pub(super) fn at_percent(self, percent: u32) -> Self {
        self.zoomed(f64::from(percent) / 100.0)
    }

    pub(super) fn placement(self) -> Placement {
        Placement {
            scale: self.scale(),
            angle: f64::from(self.turns) * std::f64::consts::FRAC_PI_2,
            x: WIDTH / 2.0 + self.x,
            y: HEIGHT / 2.0 + self.y,
        }
    }

    /// How large the photo is drawn, of the frame: a picture that has fewer pixels is not enlarged.
    pub(super) fn reduction(self) -> f64 {
        self.scale().recip().min(1.0)
    }

    /// The sides as it is turned.
    fn sides(self) -> (f64, f64) {
        if self.turns.is_multiple_of(2) { (self.width, self.height) } else { (self.height, self.width) }
    }

    /// The scale at which it just fills the frame.
    fn filling(self) -> f64 {
        let (width, height) = self.sides();
        (WIDTH / width).max(HEIGHT / height)
    }

    fn scale(self) -> f64 {
        self.filling() * self.zoom
    }

    /// The zoom at which all of it is just within the frame.
    fn smallest(self) -> f64 {
        let (width, height) = self.sides();
        (WIDTH / width).min(HEIGHT / height) / self.filling()
    }

    /// Moved back as far as needed: nothing is empty that the picture could fill, and what is narrower than the frame stands
    /// in its middle.
    fn held(self) -> Self {
        let (width, height) = self.sides();
        let room = |side: f64, frame: f64| ((side * self.scale() - frame) / 2.0).max(0.0);
        let (across, down) = (room(width, WIDTH), room(height, HEIGHT));
        Self { x: self.x.clamp(-across, across), y: self.y.clamp(-down, down), ..self }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred")]
fn percent(zoom: f64) -> u32 {
    (zoom * 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What people may do with a picture.
    #[derive(Debug, Clone)]
    enum Deed {
        Move(f64, f64),
        Zoom(f64),
        Slide(u32),
        Right,
        Left,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        prop_oneof![
            (-900.0..900.0, -900.0..900.0).prop_map(|(x, y)| Deed::Move(x, y)),
            (0.0..9.0).prop_map(Deed::Zoom),
            (0_u32..500).prop_map(Deed::Slide),
            Just(Deed::Right),
            Just(Deed::Left),
        ]
    }

    fn done(crop: Crop, deed: &Deed) -> Crop {
        match *deed {
            Deed::Move(x, y) => crop.moved(x, y),
            Deed::Zoom(zoom) => crop.zoomed(zoom),
            Deed::Slide(to) => crop.at_percent(to),
            Deed::Right => crop.turned_right(),
            Deed::Left => crop.turned_left(),
        }
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 0.01
    }

    proptest! {
        #[test]
        fn whatever_is_done_no_more_is_empty_than_must_be(
            width in 1.0..9000.0, height in 1.0..9000.0, deeds in prop::collection::vec(deed(), 0..20),
        ) {
            let crop = deeds.iter().fold(Crop::of(width, height), done);
            let (across, down) = crop.sides();
            for (side, at, frame) in [(across, crop.x, WIDTH), (down, crop.y, HEIGHT)] {
                let side = side * crop.scale();
                let (start, end) = ((frame - side) / 2.0 + at, (frame + side) / 2.0 + at);
                let fills = start <= 0.01 && end >= frame - 0.01;
                let is_in_the_middle = side <= frame + 0.01 && near(start, frame - end);
                prop_assert!(fills || is_in_the_middle, "{start} to {end} of {frame}: {crop:?}");
            }
            prop_assert!(crop.zoom <= LARGEST + 0.01 && crop.zoom >= crop.smallest() - 0.01, "{crop:?}");
        }

        #[test]
        fn four_quarter_turns_change_nothing_of_what_fills_the_frame(
            width in 10.0..9000.0, height in 10.0..9000.0, x in -100.0..100.0, y in -100.0..100.0, zoom in 1.0..4.0,
        ) {
            let crop = Crop::of(width, height).zoomed(zoom).moved(x, y);
            let there_and_back = crop.turned_right().turned_left();
            // What was turned out of the frame is not sought again.
            prop_assert!(near(there_and_back.zoom, crop.zoom));
            let middle = Crop::of(width, height).zoomed(zoom);
            let round = (0..4).fold(middle, |crop, _| crop.turned_right());
            prop_assert!(near(round.x, 0.0) && near(round.y, 0.0) && round.turns == 0 && near(round.zoom, zoom));
        }

        #[test]
        fn the_slider_stands_where_it_was_put(width in 10.0..9000.0, height in 10.0..9000.0, at in 0_u32..=400) {
            let crop = Crop::of(width, height).at_percent(at);
            prop_assert_eq!(crop.percent(), at.max(crop.least_percent()));
        }
    }

    #[test]
    fn a_picture_fills_the_frame_unless_all_of_it_is_wanted() {
        let wide = Crop::of(4000.0, 3000.0);
        assert!(near(wide.placement().scale, 640.0 / 3000.0));
        assert!(near(wide.zoomed(0.0).placement().scale, 480.0 / 4000.0));
        assert!(near(wide.turned_right().placement().scale, 640.0 / 4000.0));
    }

    #[test]
    fn a_small_picture_is_not_enlarged() {
        assert!(near(Crop::of(90.0, 120.0).reduction(), 90.0 / 480.0));
        assert!(near(Crop::of(4000.0, 3000.0).reduction(), 1.0));
        assert!(near(Crop::of(48.0, 64.0).zoomed(4.0).reduction(), 1.0 / 40.0));
    }

    #[test]
    fn a_picture_turns_around_what_is_in_the_middle_of_the_frame() {
        let moved = Crop::of(480.0, 640.0).zoomed(2.0).moved(100.0, 40.0);
        let turned = moved.turned_right();
        let factor = turned.scale() / moved.scale();
        assert!(near(turned.x, -40.0 * factor) && near(turned.y, 100.0 * factor), "{turned:?}");
    }
}
