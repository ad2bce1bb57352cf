/// Reply to `GET /v1/documentation/{id}`: the documentation and a page of its sections, ordered by path.
package struct DocumentationDetail: Sendable, Hashable, Codable {
    /// The documentation.
    package var documentation: DocumentationSummary
    /// The sections of this page.
    package var sections: [SectionSummary]
    /// Where it lies among all sections that match.
    package var meta: PageMeta

    /// - Parameters: see the properties.
    package init(documentation: DocumentationSummary, sections: [SectionSummary], meta: PageMeta) {
        (self.documentation, self.sections, self.meta) = (documentation, sections, meta)
    }
}
