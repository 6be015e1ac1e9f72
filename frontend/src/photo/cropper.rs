//! The frame in which a picture is moved, enlarged and turned.

use leptos::{html::Canvas, prelude::*};
use web_sys::{KeyboardEvent, PointerEvent};

use super::{
    chosen::Chosen,
    crop::{Crop, LARGEST_PERCENT, WIDTH},
};
use crate::{
    erased::{derive, effect},
    ui::{
        button::{ActionButton, Look},
        icon::Icon,
    },
};

/// How far an arrow key moves the picture, in the frame's pixels, and how much larger `+` makes it.
const STEP: f64 = 16.0;
const LARGER: f64 = 1.1;

/// Lets people choose the part of a picture that becomes the photo: with a pointer, a finger or the keyboard.
#[component]
pub(crate) fn Cropper(chosen: Chosen) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let crop = RwSignal::from(chosen.crop.clone());
    effect(move || {
        if let Some(canvas) = canvas.get() {
            chosen.draw(&canvas, crop.get(), 1.0);
        }
    });
    // Where the pointer was that holds the picture.
    let held = RwSignal::new(None::<(i32, i32)>);
    let hold = move |event: PointerEvent| {
        if let Some(canvas) = canvas.get_untracked() {
            canvas.set_pointer_capture(event.pointer_id()).ok();
        }
        held.set(Some((event.client_x(), event.client_y())));
    };
    let drag = move |event: PointerEvent| {
        let (Some((x, y)), Some(canvas)) = (held.get_untracked(), canvas.get_untracked()) else { return };
        let factor = WIDTH / f64::from(canvas.client_width().max(1));
        let (across, down) = (event.client_x() - x, event.client_y() - y);
        crop.update(|crop| *crop = crop.moved(f64::from(across) * factor, f64::from(down) * factor));
        held.set(Some((x + across, y + down)));
    };
    let let_go = move |_: PointerEvent| held.set(None);
    let key = move |event: KeyboardEvent| {
        if let Some(changed) = at_key(crop.get_untracked(), &event.key()) {
            event.prevent_default();
            crop.set(changed);
        }
    };
    let slide = move |event| {
        if let Ok(at) = event_target_value(&event).parse() {
            crop.update(|crop| *crop = crop.at_percent(at));
        }
    };
    let percent = derive(move || format!("{} %", crop.get().percent()));
    view! {
        <div class="cropper">
            <canvas
                node_ref=canvas
                class="portrait"
                role="application"
                tabindex="0"
                aria-label="Part of the picture"
                aria-describedby="cropper-help"
                on:keydown=key
                on:pointerdown=hold
                on:pointermove=drag
                on:pointerup=let_go
                on:pointercancel=let_go
            ></canvas>
            <p id="cropper-help" class="field-help">
                "Drag the picture, or move it with the arrow keys; + and − change its size."
            </p>
            <label class="cropper-zoom">
                "Size"
                <input type="range" min=move || crop.get().least_percent() max=LARGEST_PERCENT aria-valuetext=percent
                    prop:value=move || crop.get().percent() on:input=slide />
            </label>
            <div class="cropper-turns">
                <ActionButton look=Look::Quiet icon=Icon::Undo
                    on_press=move || crop.update(|crop| *crop = crop.turned_left())>"Turn left"</ActionButton>
                <ActionButton look=Look::Quiet icon=Icon::Redo
                    on_press=move || crop.update(|crop| *crop = crop.turned_right())>"Turn right"</ActionButton>
            </div>
        </div>
    }
}

/// What a key does to a picture; none when it does nothing.
fn at_key(crop: Crop, key: &str) -> Option<Crop> {
    Some(match key {
        "ArrowLeft" => crop.moved(-STEP, 0.0),
        "ArrowRight" => crop.moved(STEP, 0.0),
        "ArrowUp" => crop.moved(0.0, -STEP),
        "ArrowDown" => crop.moved(0.0, STEP),
        "+" | "=" => crop.enlarged(LARGER),
        "-" => crop.enlarged(LARGER.recip()),
        _ => return None,
    })
}
