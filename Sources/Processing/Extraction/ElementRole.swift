/// What the class names, the ARIA role and the identifier of an element say about it.
struct ElementRole: OptionSet, Sendable {
    let rawValue: UInt8

    /// Navigation, search boxes, edit links, permalinks: never content.
    static let clutter = ElementRole(rawValue: 1 << 0)
    /// A note, tip or warning.
    static let admonition = ElementRole(rawValue: 1 << 1)
    /// The title of an admonition.
    static let admonitionTitle = ElementRole(rawValue: 1 << 2)
    /// Line numbers and copy buttons of a code block.
    static let gutter = ElementRole(rawValue: 1 << 3)
    /// The signature of a function, class or option.
    static let signature = ElementRole(rawValue: 1 << 4)
    /// A table that only lays out a code block beside its line numbers.
    static let codeTable = ElementRole(rawValue: 1 << 5)
    /// Surely the content of the page: a class that only documentation themes use for it.
    static let content = ElementRole(rawValue: 1 << 6)
    /// Probably the content of the page.
    static let likelyContent = ElementRole(rawValue: 1 << 7)

    private static let classes = NameTable(
        table([
            .clutter: """
            headerlink anchor-link anchorjs-link permalink header-anchor hash-link anchor-heading direct-link heading-anchor
            skip-link skip-to-content skiplink md-skip skip visually-hidden sr-only visuallyhidden
            breadcrumb breadcrumbs wy-breadcrumbs md-path bd-breadcrumbs
            edit-link edit-page-link edit-this-page md-content__button md-source-file theme-edit-this-page theme-doc-footer
            sphinxsidebar sphinxsidebarwrapper related sidebar-tree toc-drawer sidebar-drawer wy-nav-side md-sidebar sidebar
            prev-next-area prev-next-footer rst-footer-buttons related-pages pagination pagination-nav page-nav prevnext
            navheader navfooter navigation navbar navbox nav-header nav-footer site-header site-footer
            page-header-actions toc-backref-links mw-editsection mw-jump-link catlinks printfooter
            tocwrapper table-of-contents tableofcontents md-toc theme-doc-toc-mobile toc-mobile on-this-page
            viewcode-link viewcode-back-links md-nav md-header md-footer md-tabs md-top md-dialog md-search
            cookie-banner cookie-consent feedback md-feedback was-this-helpful share-buttons social-share
            announcement md-banner versionwarning language_switcher version_switcher highlight-copy
            """,
            .admonition: "admonition callout theme-admonition starlight-aside alert markdown-alert doc-admonition",
            .admonitionTitle: "admonition-title callout-title starlight-aside__title markdown-alert-title admonition-heading",
            .gutter: """
            linenos lineno linenodiv line-number line-numbers line-numbers-rows gutter rouge-gutter lnt ln hljs-ln-numbers
            blob-num copybtn copy-button copy-btn btn-clipboard md-clipboard copybutton clipboard-copy sourcelinenumber
            """,
            .signature: "sig sig-object member-signature doc-signature-line",
            .codeTable: "highlighttable rouge-table codehilitetable lntable",
            .content: """
            md-content__inner theme-doc-markdown markdown-body rst-content bd-article mw-parser-output vp-doc sl-markdown-content
            docs-content documentation-content doc-content
            """,
            .likelyContent: """
            md-content body document documentwrapper bodywrapper content main-content page-content post-content entry-content
            article chapter refentry sect1 book part preface appendix reference
            """,
        ]))

    private static let roles = NameTable(
        table([
            .clutter:
                "navigation search banner contentinfo menu menubar toolbar tablist dialog alertdialog complementary doc-toc doc-index",
            .likelyContent: "main",
        ]))

    private static let identifiers = NameTable(
        table([
            .clutter: """
            sidebar toc toc-container table-of-contents tableofcontents skip-link navbar breadcrumbs breadcrumb footer header
            searchbox mw-navigation mw-head mw-panel catlinks footer-wrapper page-navigation docs-sidebar
            """,
            .likelyContent: "content main-content main mw-content-text page-content docs-content documentation",
        ]))

    private static func table(_ words: [ElementRole: String]) -> [(name: String, value: UInt8)] {
        words.flatMap { role, names in names.split(whereSeparator: \.isWhitespace).map { (String($0), role.rawValue) } }
    }
}

extension ElementRole: Hashable {}

extension ElementRole {
    /// Reads the role of element `index` of `tree` from its attributes.
    init(of index: Int, in tree: HTMLTree) {
        self = []
        let node = tree.nodes[index]
        guard node.tag != .text, node.lower < node.upper else { return }
        for position in Int(node.lower)..<Int(node.upper) {
            let attribute = tree.attributes[position]
            let value = tree.bytes[Int(attribute.lower)..<Int(attribute.upper)]
            switch attribute.name {
            case .class: insertAll(of: value, from: Self.classes)
            case .role: insertAll(of: value, from: Self.roles)
            case .id: insertAll(of: value, from: Self.identifiers)
            case .hidden: insert(.clutter)
            case .ariaHidden where value.elementsEqual("true".utf8): insert(.clutter)
            case .style where String(decoding: value, as: UTF8.self).filter({ $0 != " " }).contains("display:none"): insert(.clutter)
            default: break
            }
        }
        // An element with a name of both kinds, such as `class="content sidebar"`, is not content; themes do mark the body of a page
        // as a "document with a sidebar", and headings take any identifier.
        switch node.tag {
        case .html, .body, .main, .article, .h1, .h2, .h3, .h4, .h5, .h6, .section, .dt, .li: remove(.clutter)
        case .a, .span: break
        default: if contains(.content) { remove(.clutter) }
        }
    }

    private mutating func insertAll(of value: ArraySlice<UInt8>, from table: NameTable) {
        var hash = FNV.basis
        for byte in value {
            if byte.isHTMLSpace {
                if let role = table.value(forKey: hash) { formUnion(ElementRole(rawValue: role)) }
                hash = FNV.basis
            } else {
                hash = (hash ^ UInt64(byte)) &* FNV.prime
            }
        }
        if let role = table.value(forKey: hash) { formUnion(ElementRole(rawValue: role)) }
    }
}
