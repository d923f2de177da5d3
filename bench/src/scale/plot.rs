//! The drawing of `--svg`: a panel for each family, both axes logarithmic.

use core::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::case::{Family, Measured};

const COLUMNS: usize = 3;
/// The size of one panel.
const WIDTH: u32 = 420;
const HEIGHT: u32 = 320;
/// Where 0 stands, which a logarithmic axis does not have.
const ZERO: f64 = 0.5;
const COLOURS: [RGBColor; 4] = [BLUE, RED, GREEN, MAGENTA];

type Panel<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Points = Vec<(f64, f64)>;

/// Draws all cases that were measured.
pub fn svg(families: &[Family<Measured>]) -> Result<String, String> {
    let mut drawn = String::new();
    let rows = families.len().div_ceil(COLUMNS).max(1);
    let size = (WIDTH * COLUMNS as u32, HEIGHT * rows as u32);
    let whole = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
    whole.fill(&WHITE).map_err(|error| error.to_string())?;
    for (family, panel) in families.iter().zip(whole.split_evenly((rows, COLUMNS))) {
        let lines = lines(family);
        if !lines.is_empty() {
            draw(&panel, family.name, &lines).map_err(|error| error.to_string())?;
        }
    }
    whole.present().map_err(|error| error.to_string())?;
    drop(whole);
    Ok(drawn)
}

/// The points of each line, with its name. The case that others are compared with begins each line of its
/// name.
fn lines(family: &Family<Measured>) -> Vec<(String, Points)> {
    let mut lines: Vec<(String, Points)> = Vec::new();
    let base = &family.cases[0];
    for measured in &family.cases {
        let Some(median) = measured.median() else { continue };
        let point = (position(measured.case.n), median);
        let name = measured.case.to_string();
        if let Some((_, points)) = lines.iter_mut().find(|(other, _)| *other == name) {
            points.push(point);
            continue;
        }
        let begins = measured.case.name == base.case.name && measured.case.which.is_some();
        let begin =
            base.median().filter(|_| begins).map(|base_ns| (position(base.case.n), base_ns));
        lines.push((name, begin.into_iter().chain([point]).collect()));
    }
    lines
}

fn position(n: usize) -> f64 {
    if n == 0 { ZERO } else { n as f64 }
}

fn draw<'a>(
    panel: &Panel<'a>,
    title: &str,
    lines: &[(String, Points)],
) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>> {
    let points = || lines.iter().flat_map(|(_, points)| points.iter().copied());
    let x = range(points().map(|(x, _)| x), 0.0);
    // The names of the lines stand above them.
    let y = range(points().map(|(_, y)| y), 0.12 + 0.08 * lines.len() as f64);
    let has_zero = points().any(|(x, _)| x == ZERO);
    let mut chart = ChartBuilder::on(panel)
        .caption(title, ("sans-serif", 16))
        .margin(14)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(x.log_scale(), y.log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(if has_zero { "n (0 is drawn at 1/2)" } else { "n" })
        .y_desc("ns")
        .x_label_formatter(&short)
        .y_label_formatter(&short)
        .draw()?;
    for ((name, points), colour) in lines.iter().zip(COLOURS.into_iter().cycle()) {
        let line = LineSeries::new(points.iter().copied(), colour).point_size(3);
        let key = move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour);
        chart.draw_series(line)?.label(name).legend(key);
    }
    let mut names = chart.configure_series_labels();
    names.position(SeriesLabelPosition::UpperRight).background_style(WHITE).border_style(BLACK);
    names.draw()
}

/// From below the smallest value to above the largest one, with `free` of the whole left above it.
fn range(values: impl Iterator<Item = f64>, free: f64) -> Range<f64> {
    let (least, most) = values
        .fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
    let least = least / 4.0;
    least..most * (most / least).powf(free / (1.0 - free)).max(4.0)
}

/// A number of an axis, as 10k or 1M.
fn short(value: &f64) -> String {
    match *value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e3 => format!("{}k", value / 1e3),
        value => value.to_string(),
    }
}
