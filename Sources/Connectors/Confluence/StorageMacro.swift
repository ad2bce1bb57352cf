import Processing

/// A macro of the storage format.
struct StorageMacro {
    /// What a reader sees of a macro.
    enum Kind {
        /// Text as it stands, in a language.
        case code(String?)
        /// Text that is Markdown already.
        case markdown
        /// A box with a label.
        case panel(String)
        /// A heading, if there is one, and what belongs to it.
        case titled
        /// A word or two in a line.
        case inline
        /// Points to another page or to a file.
        case reference
        /// What is inside, without the macro.
        case body
        /// Nothing: lists that Confluence makes anew for each reader, and pictures.
        case dropped
    }

    let element: XMLElement

    init(_ element: XMLElement) { self.element = element }

    static func isMacro(_ element: XMLElement) -> Bool { element.name == "ac:structured-macro" || element.name == "ac:macro" }

    /// Whether it stands within a line.
    var isInline: Bool { if case .inline = kind { true } else { false } }

    private var name: String { element.attributes["ac:name"]?.lowercased() ?? "" }

    var kind: Kind {
        switch name {
        case "code": .code(language)
        case "noformat", "html", "latex", "mathblock", "plantuml", "mermaid", "sql", "openapi", "swagger": .code(nil)
        case "markdown", "markdown-macro": .markdown
        case "info", "note", "warning", "tip", "success", "error": .panel(Self.label(of: name))
        case "panel": .panel("")
        case "expand", "ui-expand", "ui-tab", "details": .titled
        case "status", "jira", "jiraissues", "mathinline", "anchor": .inline
        case "include", "excerpt-include", "view-file", "viewpdf", "viewdoc", "viewxls", "viewppt", "multimedia", "widget", "iframe":
            .reference
        case "toc", "children", "pagetree", "pagetreesearch", "recently-updated", "contentbylabel", "attachments", "gallery", "livesearch",
            "change-history", "contributors", "contributors-summary", "blog-posts", "profile", "profile-picture", "create-from-template",
            "tasks-report-macro", "detailssummary", "listlabels", "navmap", "popular-labels", "space-attachments", "spaces", "chart",
            "roadmap", "drawio", "gliffy", "index":
            .dropped
        default: element.first("ac:plain-text-body") == nil ? .body : .code(nil)
        }
    }

    /// What a panel of the kind is called.
    static func label(of kind: String) -> String {
        switch kind {
        case "info": "Info"
        case "note": "Note"
        case "warning": "Warning"
        case "tip": "Tip"
        case "success": "Success"
        case "error": "Error"
        default: ""
        }
    }

    /// The value of a parameter as text.
    func parameter(_ name: String) -> String? {
        guard let parameter = element.elements.first(where: { $0.name == "ac:parameter" && $0.attributes["ac:name"] == name }) else {
            return nil
        }
        let text = parameter.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return text.isEmpty ? nil : text
    }

    /// What one of the parameters points to.
    var target: XMLElement? {
        for parameter in element.elements where parameter.name == "ac:parameter" {
            if let direct = parameter.elements.first(where: { $0.name.hasPrefix("ri:") }) { return direct }
            if let link = parameter.first("ac:link")?.elements.first(where: { $0.name.hasPrefix("ri:") }) { return link }
        }
        return nil
    }

    /// The text of a body that is taken as it stands.
    var plainBody: String { element.first("ac:plain-text-body")?.text ?? "" }

    /// The content of a body with markup.
    var richBody: [XMLElement.Node] { element.first("ac:rich-text-body")?.children ?? [] }

    private var language: String? {
        guard let name = parameter("language")?.lowercased() else { return nil }
        return name == "none" || name == "text" || name == "plain text" ? nil : name.split(separator: " ").first.map(String.init)
    }
}
