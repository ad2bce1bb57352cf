/// The HTML elements that extraction tells apart. `other` stands for every element that is not listed, `text` for a text node.
enum Tag: UInt8, CaseIterable {
    case text, other
    case html, head, body, title, base, link, meta, script, style, noscript, template
    case nav, header, footer, aside, main, article, section, div, span, p, br, hr, wbr
    case h1, h2, h3, h4, h5, h6, hgroup
    case ul, ol, li, dl, dt, dd, menu
    case pre, code, kbd, samp, tt
    case em, i, strong, b, del, s, strike
    case a, img, table, thead, tbody, tfoot, tr, th, td, caption, colgroup, col
    case blockquote, figure, figcaption, details, summary, address, center
    case form, button, input, select, textarea, fieldset, label
    case svg, iframe, object, video, audio, canvas, dialog, frameset, noframes

    /// 1...6 for the heading elements.
    var headingLevel: Int? {
        rawValue >= Tag.h1.rawValue && rawValue <= Tag.h6.rawValue ? Int(rawValue - Tag.h1.rawValue) + 1 : nil
    }

    /// Whether the element begins a block of its own; everything else is part of a line.
    var isBlock: Bool {
        switch self {
        case .html, .body, .nav, .header, .footer, .aside, .main, .article, .section, .div, .p, .hr, .h1, .h2, .h3, .h4, .h5, .h6,
            .hgroup, .ul, .ol, .li, .dl, .dt, .dd, .menu, .pre, .table, .thead, .tbody, .tfoot, .tr, .th, .td, .caption, .blockquote,
            .figure, .figcaption, .details, .summary, .address, .center, .form, .fieldset, .frameset, .noframes:
            true
        default: false
        }
    }

    /// Whether the element never carries documentation.
    var isInvisible: Bool {
        switch self {
        case .head, .script, .style, .noscript, .template, .nav, .footer, .button, .select, .textarea, .svg, .iframe, .object,
            .video, .audio, .canvas, .dialog:
            true
        default: false
        }
    }
}

/// The HTML attributes that extraction reads; every other attribute is dropped while parsing.
enum AttributeName: UInt8, CaseIterable {
    case id, `class`, href, src, alt, name, role, lang, hidden, content, rel, type, start, style, colspan, checked, itemprop
    case ariaHidden, dataLang, dataLanguage, xmlLang, property, httpEquiv

    /// The attribute's name in HTML.
    var spelling: String {
        switch self {
        case .ariaHidden: "aria-hidden"
        case .dataLang: "data-lang"
        case .dataLanguage: "data-language"
        case .xmlLang: "xml:lang"
        case .httpEquiv: "http-equiv"
        default: "\(self)"
        }
    }
}
