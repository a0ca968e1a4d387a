//! What stands on the page, section by section.

use std::fmt::Write;

use super::space;
use crate::analysis::{Analysis, CapacityTable, fit_in_words};
use crate::error::Result;
use crate::plot::Figure;
use crate::report::Explanation;
use crate::svg::escaped;
use crate::table::short_names;
use crate::text::{self, DIGITS, number};
use crate::trial::{TrialRecord, TrialState, Trials};

/// Widths of the drawings for large screens and for phones.
const WIDE: f64 = 880.0;
const NARROW: f64 = 360.0;
/// Width of drawings that stand beside one another where there is room.
const PANEL: f64 = 274.0;

struct Section {
    id: &'static str,
    title: &'static str,
    body: String,
}

/// Header, navigation and all sections.
pub(super) fn body(analysis: &Analysis<'_>, own: &[Figure]) -> Result<String> {
    let explanation = analysis.explain()?;
    let pictures = analysis.pictures();
    let architectures = architectures(analysis);
    let architecture: Vec<&Figure> = architectures.iter().chain(own).collect();
    let mut sections = vec![
        result(analysis),
        Section { id: "architecture", title: "Architecture", body: all(architecture) },
        advice(&explanation),
    ];
    sections.insert(1, Section { id: "goals", title: "Goals", body: goals(analysis) });
    let progress = [pictures.history(), pictures.learning_curves(), pictures.timeline()];
    sections.push(Section { id: "progress", title: "Progress", body: all(&progress) });
    let gallery = pictures.gallery(&explanation.effects, &explanation.importance);
    let mut body = figure(&gallery.importance);
    body += &chosen(
        "Effects",
        &["Metric"],
        &gallery.effects.iter().map(|(name, _)| (name.clone(), name.clone())).collect::<Vec<_>>(),
        &gallery.effects,
    );
    body += &figure(&gallery.slices);
    let options: Vec<(String, String)> =
        gallery.crossed.iter().map(|(axis, name)| (axis.to_string(), name.clone())).collect();
    body += &chosen("Contours", &["Parameter", "and"], &options, &gallery.contours);
    body += &figure(&gallery.parallel);
    sections.push(Section { id: "parameters", title: "Parameters", body });
    let search = [pictures.stages(), pictures.decisions()];
    sections.push(Section { id: "search", title: "Search", body: all(&search) });
    sections.push(Section { id: "trials", title: "Trials", body: trials(analysis) });
    sections.retain(|section| !section.body.is_empty());

    let mut html = head(analysis);
    html += "<nav aria-label=\"Sections\"><div class=\"sheet\"><ul>";
    for Section { id, title, .. } in &sections {
        html += &format!("<li><a href=\"#{id}\">{title}</a></li>");
    }
    html += "</ul></div></nav>\n<main id=\"main\" class=\"sheet\">\n";
    for Section { id, title, body } in &sections {
        html += &format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n\
             {body}</section>\n"
        );
    }
    html += "</main>\n<footer class=\"sheet\">Made by Tunewright ";
    html += env!("CARGO_PKG_VERSION");
    html += "</footer>\n";
    Ok(html)
}

fn head(analysis: &Analysis<'_>) -> String {
    let header = analysis.trials().header();
    let summary = analysis.trials().summary();
    let states = [
        TrialState::Complete,
        TrialState::Failed,
        TrialState::Pruned,
        TrialState::Interrupted,
        TrialState::Running,
        TrialState::Waiting,
    ];
    let counts = states.map(|state| (summary.count(state), state));
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{count} {state}"))
        .collect();
    let mut lead = match counts.len() {
        0 => "No trials yet".to_owned(),
        _ => format!("{} trials: {}", summary.trials(), counts.join(", ")),
    };
    if summary.mean_time().is_some() {
        lead += &format!(" · {} in trials", text::duration(summary.total_time()));
    }
    if analysis.trials().history().are_limited() {
        lead += &format!(" · {} keep all limits", summary.feasible());
    }
    lead += &format!(" · {} · seed {}", header.goals.in_words(), header.seed);
    format!(
        "<header class=\"sheet top\"><div class=\"row\"><h1>{}</h1>\
         <button id=\"theme\" type=\"button\" aria-label=\"Switch between light and dark\">Dark</button>\
         </div><p class=\"lead\">{}</p></header>\n",
        escaped(&header.name),
        escaped(&lead)
    )
}

/// The best trial.
fn result(analysis: &Analysis<'_>) -> Section {
    let trials = analysis.trials();
    let summary = trials.summary();
    let (mut body, mut title) = (String::new(), "Best trial");
    if let Some(best) = trials.best() {
        let values = trials.header().goals.values_in_words(best.values(), DIGITS);
        let _ = write!(
            body,
            "<div class=\"facts\"><div><div class=\"big\">{}</div><p class=\"note\">goal of trial \
             {}</p></div><dl>",
            escaped(&values),
            best.number()
        );
        let names = short_names(trials.space(), &[]);
        for (full, value) in trials.parameters(best) {
            let name = trials.space().position(full).map_or(full, |axis| names[axis]);
            body += &pair(name, full, &value.rounded());
        }
        for (name, value) in best.metrics() {
            body += &pair(name, name, &number(*value, Some(DIGITS)));
        }
        body += "</dl></div>\n";
        if let Some(ties) = summary.ties_in_words() {
            body += &format!("<p class=\"note ties\">{}.</p>\n", escaped(&ties));
        }
    } else if let Some(nearest) = summary.nearest_in_words() {
        let nearest = escaped(nearest);
        body += &format!("<p class=\"note\">No trial keeps all limits; {nearest}.</p>\n");
    } else if summary.on_front() > 0 {
        title = "Front";
        body += &front(trials);
    } else {
        body += "<p class=\"note\">No trial is complete yet.</p>\n";
    }
    let failures = summary.failures();
    if !failures.is_empty() {
        body += "<h3>Why trials failed</h3><ul class=\"says\">";
        for failure in failures.iter().take(5) {
            let reason: String = failure.reason.chars().take(400).collect();
            body += &format!("<li>{} × {}</li>", failure.count, escaped(&reason));
        }
        body += "</ul>\n";
    }
    Section { id: "result", title, body }
}

/// The trials of the front and their values.
fn front(trials: &Trials) -> String {
    let goals = &trials.header().goals;
    let knee = trials.knee().ok().map(TrialRecord::number);
    let mut items = String::new();
    let front = trials.front();
    for trial in &front {
        let knee = if knee == Some(trial.number()) { " (knee)" } else { "" };
        let values = escaped(&goals.values_in_words(trial.values(), DIGITS));
        let _ = write!(items, "<li>trial {}: {values}{knee}</li>", trial.number());
    }
    format!(
        "<p class=\"note\">{} on the front: no other trial is as good as one of them in all goals and \
         better in one.</p><ul class=\"says\">{items}</ul>\n",
        front.len()
    )
}

/// The pictures of several goals.
fn goals(analysis: &Analysis<'_>) -> String {
    let pictures = analysis.pictures();
    match analysis.trials().header().goals.len() {
        1 => String::new(),
        2 => all(&[pictures.front(), pictures.parallel_goals()]),
        3 => {
            let turned = pictures.rotatable().map(|rotatable| space::figure(&rotatable));
            let panels = figure(&pictures.front());
            panels + &turned.unwrap_or_default() + &figure(&pictures.parallel_goals())
        }
        _ => figure(&pictures.parallel_goals()),
    }
}

/// Drawings of the architectures that the best trial has.
fn architectures(analysis: &Analysis<'_>) -> Vec<Figure> {
    let trials = analysis.trials();
    let Some(best) = trials.best() else { return Vec::new() };
    let drawings = trials.space().drawings(best.point());
    let titled = |(field, svg): (String, String)| {
        let caption = format!("Found by trial {}.", best.number());
        let title = match field.as_str() {
            "" => "Best architecture".to_owned(),
            field => format!("Best architecture: {field}"),
        };
        Figure::drawn(&title, caption, svg)
    };
    drawings.into_iter().map(titled).collect()
}

fn pair(name: &str, full: &str, value: &str) -> String {
    let (name, full, value) = (escaped(name), escaped(full), escaped(value));
    format!("<div><dt title=\"{full}\">{name}</dt><dd title=\"{value}\">{value}</dd></div>")
}

/// What the trials say, and what to move next.
fn advice(explanation: &Explanation) -> Section {
    let mut body = String::new();
    if explanation.best.is_some() {
        // The proposal says how the model fits.
        if let Some(next) = &explanation.next {
            let text = escaped(&next.text);
            body += &format!("<p class=\"next\"><strong>Next:</strong> {text}</p>\n");
            if let Some(together) = &explanation.together {
                let text = escaped(&together.text);
                let lead = "<strong>Or two at a time:</strong>";
                body += &format!("<p class=\"next\">{lead} {text}</p>\n");
            }
        } else if let Some(fit) = fit_in_words(explanation.fit) {
            body += &format!("<p>{}</p>\n", escaped(&fit));
        }
        let lines = explanation.of_the_best().into_iter().map(|line| escaped(&line));
        let told = explanation.effects.lines().into_iter().map(|(name, text)| match name {
            Some(name) => format!("<strong>{}</strong>: {}", escaped(&name), escaped(&text)),
            None => escaped(&text),
        });
        let items: String = lines.chain(told).map(|line| format!("<li>{line}</li>")).collect();
        body += &format!("<ul class=\"says\">{items}</ul>\n");
        body += &capacity(&explanation.capacity);
    }
    Section { id: "advice", title: "What the trials say", body }
}

fn capacity(table: &CapacityTable) -> String {
    if table.rows.iter().all(|row| row.found.is_none()) {
        return String::new();
    }
    let mut body = "<h3 style=\"margin-top:22px\">Capacity</h3><p class=\"note\">How raising each \
                    moves the ability of the model to fit its training examples.</p>\
                    <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Capacity\">\
                    <table class=\"stack\"><thead><tr><th class=\"text\" scope=\"col\">parameter</th>\
                    <th class=\"text\" scope=\"col\">found</th><th class=\"text\" scope=\"col\">\
                    textbook</th><th class=\"text\" scope=\"col\">evidence</th></tr></thead><tbody>"
        .to_owned();
    for row in &table.rows {
        let sure = row.sure().map(|sure| format!(" ({sure})")).unwrap_or_default();
        let found = row.in_words() + &sure;
        let expected = row.expected.map_or_else(String::new, |expected| expected.to_string());
        body += &format!(
            "<tr><td class=\"text\" data-label=\"parameter\">{}</td>\
             <td class=\"text\" data-label=\"found\">{}</td>\
             <td class=\"text\" data-label=\"textbook\">{}</td>\
             <td class=\"text wrap\" data-label=\"evidence\">{}</td></tr>",
            escaped(&row.parameter),
            escaped(&found),
            escaped(&expected),
            escaped(&row.evidence)
        );
    }
    body += "</tbody></table></div>\n";
    body
}

fn all<'f>(figures: impl IntoIterator<Item = &'f Figure>) -> String {
    figures.into_iter().map(figure).collect()
}

/// A picture with its title and caption; nothing if it is empty.
fn figure(figure: &Figure) -> String {
    match drawn(figure) {
        Some(drawn) => format!(
            "<figure><h3>{}</h3><figcaption>{}</figcaption>{drawn}</figure>\n",
            escaped(figure.title()),
            escaped(figure.caption())
        ),
        None => String::new(),
    }
}

/// The panels of a drawing, or a drawing for large screens and one for phones.
fn drawn(figure: &Figure) -> Option<String> {
    let panels = figure.to_inline_panels(PANEL);
    if !panels.is_empty() {
        return Some(format!("<div class=\"draw panels\">{}</div>", panels.concat()));
    }
    let wide = figure.to_inline(WIDE)?;
    if figure.is_fixed() {
        return Some(format!("<div class=\"draw\">{wide}</div>"));
    }
    let narrow = figure.to_inline(NARROW)?;
    Some(format!("<div class=\"draw wide\">{wide}</div><div class=\"draw narrow\">{narrow}</div>"))
}

/// Pictures of which one is shown: the one whose key the selects spell.
fn chosen(
    title: &str,
    labels: &[&str],
    options: &[(String, String)],
    figures: &[(String, Figure)],
) -> String {
    let shown: Vec<(&str, &Figure, String)> = figures
        .iter()
        .filter_map(|(key, figure)| Some((key.as_str(), figure, drawn(figure)?)))
        .collect();
    if shown.is_empty() {
        return String::new();
    }
    let mut body = format!("<figure data-choose><h3>{title}</h3>");
    if shown.len() > 1 {
        body += "<div class=\"tools\">";
        for (at, label) in labels.iter().enumerate() {
            body += &format!("<label>{label}<select>");
            for (index, (value, name)) in options.iter().enumerate() {
                let selected = if index == at { " selected" } else { "" };
                let (value, name) = (escaped(value), escaped(name));
                body += &format!("<option value=\"{value}\"{selected}>{name}</option>");
            }
            body += "</select></label>";
        }
        body += "</div>";
    }
    for (at, (key, figure, drawn)) in shown.iter().enumerate() {
        let hidden = if at == 0 { "" } else { " hidden" };
        body += &format!(
            "<div data-key=\"{}\"{hidden}><figcaption>{}</figcaption>{drawn}</div>",
            escaped(key),
            escaped(figure.caption())
        );
    }
    body += "</figure>\n";
    body
}

fn trials(analysis: &Analysis<'_>) -> String {
    if analysis.trials().is_empty() {
        return String::new();
    }
    let states = ["complete", "failed", "pruned", "interrupted", "running", "waiting"];
    let options: String =
        states.iter().map(|state| format!("<option value=\"{state}\">{state}</option>")).collect();
    format!(
        "<p class=\"note\">The best trial comes first; a click on a column's name sorts by it. A search \
         finds trials that have all its words, such as <code>optimizer=adam</code>. A click on a mark \
         in a picture leads to its trial, and the browser's way back to the picture.</p>\n\
         <div class=\"tools\" role=\"search\">\
         <label class=\"grow\">Search<input id=\"search\" type=\"search\" autocomplete=\"off\"></label>\
         <label>State<select id=\"state\"><option value=\"\">all</option>{options}</select></label>\
         </div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of trials\">\
         <table id=\"trials-table\"><thead></thead><tbody></tbody></table></div>\n\
         <div class=\"tools\"><button id=\"first\" type=\"button\">First</button>\
         <button id=\"back\" type=\"button\">Back</button>\
         <span id=\"range\" role=\"status\" class=\"note\"></span>\
         <button id=\"forth\" type=\"button\">Next</button>\
         <button id=\"last\" type=\"button\">Last</button></div>\n\
         <noscript><p class=\"note\">The table needs JavaScript.</p></noscript>\n"
    )
}
