//! The drawing of `--svg`: a panel for each workload, a group of bars for each of its sizes.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::contender::NAMES;
use super::report::{LoopReport, RowReport};
use super::workload::Kind;

const COLUMNS: usize = 2;
/// The size of one panel.
const WIDTH: u32 = 560;
const HEIGHT: u32 = 300;
/// One for each loop.
const COLOURS: [RGBColor; 6] = [
    RGBColor(200, 200, 200),
    RGBColor(150, 150, 150),
    RGBColor(120, 170, 220),
    RGBColor(90, 190, 140),
    RGBColor(230, 180, 90),
    RGBColor(200, 60, 60),
];

type Panel<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// Draws all rows that were measured.
pub fn svg(report: &LoopReport) -> Result<String, String> {
    let mut drawn = String::new();
    let lines = Kind::ALL.len().div_ceil(COLUMNS);
    let size = (WIDTH * COLUMNS as u32, HEIGHT * lines as u32);
    let whole = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
    whole.fill(&WHITE).map_err(|error| error.to_string())?;
    for (kind, panel) in Kind::ALL.into_iter().zip(whole.split_evenly((lines, COLUMNS))) {
        let rows: Vec<&RowReport> =
            report.rows.iter().filter(|row| row.workload == kind.name()).collect();
        if !rows.is_empty() {
            draw(&panel, kind, &rows).map_err(|error| error.to_string())?;
        }
    }
    whole.present().map_err(|error| error.to_string())?;
    drop(whole);
    Ok(drawn)
}

/// The sizes of a workload, in their order.
fn sizes(rows: &[&RowReport]) -> Vec<(u32, u32)> {
    let mut sizes: Vec<(u32, u32)> = rows.iter().map(|row| (row.n, row.active)).collect();
    sizes.dedup();
    sizes
}

fn draw<'a>(panel: &Panel<'a>, kind: Kind, rows: &[&RowReport]) -> Drawn<'a> {
    let sizes = sizes(rows);
    let most = rows.iter().map(|row| row.median_ns).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(panel)
        .caption(format!("{}: {}", kind.name(), kind.description()), ("sans-serif", 13))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..sizes.len() as f64, 0.0..most * 1.5)?;
    let label = |place: &f64| {
        let size = (place.fract() == 0.5).then(|| sizes.get(*place as usize)).flatten();
        size.map_or(String::new(), |(n, active)| format!("{n}/{active}"))
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(2 * sizes.len() + 1)
        .x_label_formatter(&label)
        .x_desc("n/active")
        .y_desc("ns for each event")
        .draw()?;
    for (place, (name, colour)) in NAMES.into_iter().zip(COLOURS).enumerate() {
        let bars = rows.iter().filter(|row| row.name == name).map(|row| {
            let group = sizes.iter().position(|size| *size == (row.n, row.active)).unwrap_or(0);
            let left = group as f64 + 0.1 + 0.8 * place as f64 / NAMES.len() as f64;
            let right = left + 0.8 / NAMES.len() as f64;
            Rectangle::new([(left, 0.0), (right, row.median_ns)], colour.filled())
        });
        let key = move |(x, y)| Rectangle::new([(x, y - 4), (x + 10, y + 4)], colour.filled());
        chart.draw_series(bars)?.label(name).legend(key);
    }
    let mut names = chart.configure_series_labels();
    names.position(SeriesLabelPosition::UpperRight).background_style(WHITE).border_style(BLACK);
    names.draw()
}
