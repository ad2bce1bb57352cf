import Domain

@testable import Connectors
@testable import Processing

extension FuzzTarget {
    /// Confluence's storage format, by libxml2: elements to Markdown, which grows by no more than its own bounds allow.
    static let storageFormat = FuzzTarget(
        "storage-format",
        [
            "<h1>A&nbsp;&amp;</h1><p>b<strong> c </strong><br/><code>d</code></p><ul><li>e<ol><li>f</li></ol></li></ul><!-- g --><?h i?>",
            "<ac:structured-macro ac:name='code'><ac:parameter ac:name='language'>swift</ac:parameter><ac:plain-text-body><![CDATA[x < y ]]]]><![CDATA[>]]></ac:plain-text-body></ac:structured-macro>",
            "<ac:link ac:anchor='a'><ri:page ri:content-title='T' ri:space-key='S'/><ac:link-body>x<b>y</b></ac:link-body></ac:link><ac:image ac:alt='z'><ri:url ri:value='https://a/b'/></ac:image>",
            "<table><tbody><tr><th colspan='3'>a|b</th></tr><tr><td><p>c</p></td></tr></tbody></table><ac:task-list><ac:task><ac:task-status>complete</ac:task-status><ac:task-body>t</ac:task-body></ac:task></ac:task-list>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><p>&b;&#x110000;&unknown;</p>", "</fragment><fragment>",
        ],
        run: { bytes in
            guard let element = try? XMLElement(fragment: bytes), let site = try? SiteURL("https://wiki.example.org/spaces/S"),
                let location = try? ConfluenceLocation(site, options: [:]), let page = ConfluenceID("1")
            else { return }
            let targets = StorageTargets(location: location, pages: ["s\nt": page], page: page, space: "S")
            let text = StorageMarkdown(targets: targets).text(element)
            precondition(text.utf8.count <= 100_000 + 500 * bytes.count, "Markdown grew out of all proportion.")
        })
}
