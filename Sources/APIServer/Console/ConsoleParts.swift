import APIModel
import Domain
import FoundationEssentials

/// Pieces that several screens show.
enum ConsoleParts {
    static func state(_ status: JobStatus) -> HTML {
        let kind =
            switch status {
            case .completed: "good"
            case .failed: "bad"
            case .stopped: "warn"
            case .pending: ""
            default: "busy"
            }
        return "<span class=\"state \(kind)\">\(status.rawValue)</span>"
    }

    static func state(_ state: SourceState) -> HTML {
        let kind =
            switch state {
            case .idle: "good"
            case .running: "busy"
            case .paused, .degraded: "warn"
            case .error: "bad"
            }
        return "<span class=\"state \(kind)\">\(state.rawValue)</span>"
    }

    /// A moment in UTC, to the minute for the eye and exact for machines.
    static func time(_ date: Date?) -> HTML {
        guard let date else { return "<span aria-hidden=\"true\">–</span>" }
        let text = WireJSON.text(of: date)
        return "<time datetime=\"\(text)\">\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC</time>"
    }

    /// A span of time: tenths of a second where they matter.
    static func duration(_ seconds: Double) -> HTML {
        let tenths = Int((seconds * 10).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) s" : "\(Int(seconds.rounded())) s"
    }

    static func progress(_ job: Job) -> HTML {
        """
        <progress max="100" value="\(job.progressPercent)" aria-label="Progress of the job">\(job.progressPercent) %</progress>
        <small>\(job.progressPercent) % · \(job.counts.pagesProcessed) pages</small>
        """
    }

    static func notice(_ text: String, _ kind: String = "") -> HTML { "<div class=\"notice \(kind)\" role=\"status\"><p>\(text)</p></div>" }

    /// What went wrong, where people look first.
    static func alert(_ fault: Fault) -> HTML {
        let limit = fault.limit.map { limit -> HTML in "<p class=\"small\">Allowed: \(limit)</p>" }
        let hint = fault.hint.map { hint -> HTML in "<p class=\"small\">\(hint)</p>" }
        return "<div class=\"notice bad\" role=\"alert\"><p>\(fault.message)</p>\(limit)\(hint)</div>"
    }

    /// Ways to the pages before and after.
    static func pages(_ path: String, _ parameters: [(String, String)], offset: Int, limit: Int, total: Int) -> HTML {
        guard offset > 0 || offset + limit < total else { return .empty }
        func link(_ name: String, _ offset: Int) -> HTML {
            "<a class=\"button quiet\" href=\"\(Link.path(path, parameters + [("offset", String(offset))]))\">\(name)</a>"
        }
        let before: HTML? = offset > 0 ? link("Before", max(0, offset - limit)) : nil
        let after: HTML? = offset + limit < total ? link("After", offset + limit) : nil
        return """
            <nav class="pages" aria-label="Pages"><span>\(before)</span><span class="small">\(offset + 1) to \(min(offset + limit, total)) of \(total)</span>\
            <span>\(after)</span></nav>
            """
    }

    /// An address as a link where a browser may follow it.
    static func address(_ address: String) -> HTML {
        guard let target = Link.external(address) else { return "\(address)" }
        return "<a href=\"\(target)\" rel=\"noreferrer noopener nofollow\">\(address)</a>"
    }
}
