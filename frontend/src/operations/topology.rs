//! The picture of the network: where the hosts stand, and what leads out.

use leptos::prelude::*;
use rollcall_api::conformance::{Topology, TopologySubnet, TopologyVpc, TopologyZone};

/// The space around what is in a box.
const GAP: i32 = 12;
/// The width of a zone beside others, and of one above others.
const ZONE_WIDTHS: [i32; 2] = [300, 266];
/// The space left of a zone's subnets, in which the way to the gateway goes down.
const WAY: i32 = 20;
/// The height of a box on the edge of the VPC.
const EDGE: i32 = 24;
/// The height of a host with the space below it.
const HOST: i32 = 36;
/// The height of a subnet without hosts.
const SUBNET: i32 = 48;
/// The height of a zone's name.
const NAME: i32 = 30;
/// How wide a character is, at most.
const CHARACTER: i32 = 8;

/// A part of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Path { class: &'static str, d: String },
    Text { class: &'static str, x: i32, y: i32, text: String },
}

/// The picture, in parts from the back to the front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Drawing {
    width: i32,
    height: i32,
    shapes: Vec<Shape>,
}

impl Drawing {
    /// The VPC with its zones side by side, or one above the other.
    fn of(vpc: &TopologyVpc, is_stacked: bool) -> Self {
        let [beside, above] = ZONE_WIDTHS;
        let zone_width = if is_stacked { above } else { beside };
        let columns = if is_stacked { 1 } else { i32::try_from(vpc.zones.len()).unwrap_or(1).max(1) };
        let width = columns * (zone_width + GAP) + GAP;
        let mut drawing = Self { width, ..Self::default() };

        let top = if vpc.internet_gateway.is_some() { 44 } else { 2 };
        let zones_top = top + 80;
        let tallest = vpc.zones.iter().map(zone_height).max().unwrap_or_default();
        let zones_bottom = if is_stacked {
            zones_top + vpc.zones.iter().map(|zone| zone_height(zone) + GAP).sum::<i32>()
        } else {
            zones_top + tallest + GAP
        };
        let bottom = zones_bottom + EDGE / 2;
        drawing.rectangle("vpc", 1, top, width - 2, bottom - top);
        drawing.text("name", GAP, top + 34, format!("VPC {}", vpc.cidr));
        drawing.text("id", GAP, top + 51, vpc.id.clone());

        let bus = zones_top - GAP;
        let (mut x, mut y) = (GAP, zones_top);
        let mut ways = String::new();
        let mut first_way = None;
        for zone in &vpc.zones {
            let height = if is_stacked { zone_height(zone) } else { tallest };
            let entries = drawing.zone(zone, (x, y), (zone_width, height));
            let way = x + WAY / 2;
            if let Some(last) = entries.last() {
                first_way = first_way.or(Some(way));
                ways += &format!("M{way} {bus}V{last}");
            }
            for entry in entries {
                ways += &format!("M{way} {entry}H{}", x + WAY);
            }
            if is_stacked {
                y += height + GAP;
            } else {
                x += zone_width + GAP;
            }
        }
        if let Some(gateway) = &vpc.internet_gateway {
            let out = width - 3 * GAP;
            let label = format!("Gateway {gateway}");
            let box_width = text_width(&label);
            if let Some(way) = first_way {
                drawing.path("way", format!("M{out} {top}V{bus}H{way}{ways}"));
            }
            drawing.path("way", format!("M{out} 20V{top}"));
            drawing.text("end", width - GAP, 14, "Internet".to_owned());
            let left = width - GAP - box_width;
            drawing.rectangle("edge", left, top - EDGE / 2, box_width, EDGE);
            drawing.text("fact", left + 8, top + 4, label);
        }
        let (mut x, mut y) = (GAP, bottom - EDGE / 2);
        for service in &vpc.endpoints {
            let label = format!("Endpoint {service}");
            let box_width = text_width(&label);
            if x > GAP && x + box_width > width - GAP {
                (x, y) = (GAP, y + EDGE + GAP / 2);
            }
            drawing.rectangle("edge", x, y, box_width, EDGE);
            drawing.text("fact", x + 8, y + 16, label);
            x += box_width + GAP;
        }
        drawing.height = y + EDGE + 1;
        drawing
    }

    /// A zone with its subnets; at which heights the way to the gateway enters the public ones.
    fn zone(&mut self, zone: &TopologyZone, (x, y): (i32, i32), (width, height): (i32, i32)) -> Vec<i32> {
        self.rectangle("zone", x, y, width, height);
        self.text("name", x + WAY, y + 20, zone.name.clone());
        let mut entries = Vec::new();
        let (left, mut top) = (x + WAY, y + NAME);
        for subnet in &zone.subnets {
            let (class, kind) = kind(subnet);
            let height = subnet_height(subnet);
            let inner = width - WAY - GAP;
            self.rectangle(class, left, top, inner, height);
            self.text("name", left + GAP, top + 20, format!("{kind} {}", subnet.cidr));
            self.text("id", left + GAP, top + 37, subnet.id.clone());
            let mut host_top = top + SUBNET;
            for host in &subnet.hosts {
                self.rectangle("host", left + GAP, host_top, inner - 2 * GAP, HOST - 8);
                self.text("fact", left + 2 * GAP, host_top + 18, format!("Host {host}"));
                host_top += HOST;
            }
            if subnet.is_public {
                entries.push(top + SUBNET / 2);
            }
            top += height + GAP;
        }
        entries
    }

    fn path(&mut self, class: &'static str, d: String) {
        self.shapes.push(Shape::Path { class, d });
    }

    fn rectangle(&mut self, class: &'static str, x: i32, y: i32, width: i32, height: i32) {
        self.path(class, format!("M{x} {y}h{width}v{height}h-{width}z"));
    }

    fn text(&mut self, class: &'static str, x: i32, y: i32, text: String) {
        self.shapes.push(Shape::Text { class, x, y, text });
    }
}

/// The class of a subnet in the picture, and what it is called.
const fn kind(subnet: &TopologySubnet) -> (&'static str, &'static str) {
    if subnet.is_public { ("public", "Public") } else { ("private", "Private") }
}

fn count(of: usize) -> i32 {
    i32::try_from(of).unwrap_or_default()
}

fn text_width(text: &str) -> i32 {
    count(text.chars().count()) * CHARACTER + 8
}

fn subnet_height(subnet: &TopologySubnet) -> i32 {
    SUBNET + count(subnet.hosts.len()) * HOST
}

fn zone_height(zone: &TopologyZone) -> i32 {
    NAME + zone.subnets.iter().map(|subnet| subnet_height(subnet) + GAP).sum::<i32>()
}

/// What the picture shows, in words, for who listens.
fn description(vpc: &TopologyVpc) -> Vec<String> {
    let mut description = vec![
        format!("VPC {} with the addresses {}.", vpc.id, vpc.cidr),
        match &vpc.internet_gateway {
            Some(gateway) => format!("Internet gateway {gateway}."),
            None => "No internet gateway.".to_owned(),
        },
        match vpc.endpoints.as_slice() {
            [] => "No gateway endpoints.".to_owned(),
            endpoints => format!("Gateway endpoints: {}.", endpoints.join(", ")),
        },
    ];
    for zone in &vpc.zones {
        for subnet in &zone.subnets {
            let hosts = match subnet.hosts.as_slice() {
                [] => "no hosts".to_owned(),
                hosts => format!("hosts: {}", hosts.join(", ")),
            };
            let (_, kind) = kind(subnet);
            description.push(format!(
                "Zone {}: {} subnet {}, {}, {hosts}.",
                zone.name,
                kind.to_ascii_lowercase(),
                subnet.id,
                subnet.cidr
            ));
        }
    }
    description
}

#[component]
pub(crate) fn Network(topology: Topology) -> impl IntoView {
    let body = match topology.vpc {
        None => view! {
            <p class="panel-text">
                "There is no VPC to draw: none was found, or it could not be looked at."
            </p>
        }
        .into_any(),
        Some(vpc) => view! {
            <div class="topology-frame">
                // One of them is hidden, from everyone, by how much room there is.
                <Drawn class="topology topology-wide" drawing=Drawing::of(&vpc, false) />
                <Drawn class="topology topology-narrow" drawing=Drawing::of(&vpc, true) />
                <ul id="topology" class="visually-hidden">
                    {description(&vpc).into_iter().map(|line| view! { <li>{line} " "</li> }).collect_view()}
                </ul>
            </div>
        }
        .into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="network">
            <header class="panel-header"><h2 id="network">"Network as found"</h2></header>
            {body}
        </section>
    }
}

#[component]
fn Drawn(class: &'static str, drawing: Drawing) -> impl IntoView {
    let Drawing { width, height, shapes } = drawing;
    view! {
        <svg class=class role="img" aria-label="Picture of the network" aria-describedby="topology"
            viewBox=format!("0 0 {width} {height}") width=width height=height>
            {shapes.into_iter().map(|shape| match shape {
                Shape::Path { class, d } => view! { <path class=class d=d /> }.into_any(),
                Shape::Text { class, x, y, text } => {
                    view! { <text class=class x=x y=y>{text}</text> }.into_any()
                }
            }).collect_view()}
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(third: u8, is_public: bool, hosts: &[&str]) -> TopologySubnet {
        TopologySubnet {
            id: format!("subnet-{third}"),
            cidr: format!("10.1.{third}.0/24"),
            is_public,
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
        }
    }

    fn vpc() -> TopologyVpc {
        let zone = |name: &str, subnets| TopologyZone { name: name.to_owned(), subnets };
        TopologyVpc {
            id: "vpc-1".to_owned(),
            cidr: "10.1.0.0/16".to_owned(),
            internet_gateway: Some("igw-1".to_owned()),
            endpoints: vec!["s3".to_owned(), "dynamodb".to_owned()],
            zones: vec![
                zone("us-east-1a", vec![subnet(1, true, &["i-1", "i-2"]), subnet(3, false, &[])]),
                zone("us-east-1b", vec![subnet(2, true, &[])]),
            ],
        }
    }

    fn texts(drawing: &Drawing) -> Vec<(i32, i32, &str)> {
        let of = |shape| match shape {
            &Shape::Text { x, y, ref text, .. } => Some((x, y, text.as_str())),
            Shape::Path { .. } => None,
        };
        drawing.shapes.iter().filter_map(of).collect()
    }

    #[test]
    fn everything_has_its_place_in_the_picture() {
        for is_stacked in [false, true] {
            let drawing = Drawing::of(&vpc(), is_stacked);
            let texts = texts(&drawing);
            for name in [
                "VPC 10.1.0.0/16",
                "Gateway igw-1",
                "us-east-1b",
                "Public 10.1.2.0/24",
                "Private 10.1.3.0/24",
                "Host i-2",
                "Endpoint dynamodb",
            ] {
                assert!(texts.iter().any(|(_, _, text)| *text == name), "{name}");
            }
            for (x, y, text) in &texts {
                assert!((0..drawing.width).contains(x) && (0..drawing.height).contains(y), "{text}");
                assert_eq!(texts.iter().filter(|other| (other.0, other.1) == (*x, *y)).count(), 1, "{text}");
            }
        }
    }

    #[test]
    fn zones_stand_above_each_other_where_there_is_little_room() {
        let (wide, narrow) = (Drawing::of(&vpc(), false), Drawing::of(&vpc(), true));
        assert!(narrow.width <= 290 && narrow.width < wide.width && narrow.height > wide.height);
    }

    #[test]
    fn a_network_that_lacks_everything_is_drawn_too() {
        let bare = TopologyVpc { internet_gateway: None, endpoints: Vec::new(), zones: Vec::new(), ..vpc() };
        assert_eq!(texts(&Drawing::of(&bare, false)).len(), 2);
        assert_eq!(description(&bare).len(), 3);
    }

    #[test]
    fn who_listens_is_told_what_is_drawn() {
        let description = description(&vpc());
        assert_eq!(description.len(), 6);
        assert!(
            description.contains(
                &"Zone us-east-1a: public subnet subnet-1, 10.1.1.0/24, hosts: i-1, i-2.".to_owned()
            )
        );
        assert!(description.contains(&"Gateway endpoints: s3, dynamodb.".to_owned()));
    }
}
