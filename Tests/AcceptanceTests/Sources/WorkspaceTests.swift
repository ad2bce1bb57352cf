import APIClient
import APIModel
import FoundationEssentials
import TestSupport
import Testing

extension Acceptance {
    @Suite struct Workspaces {
        private static let secret = "a-secret-for-webhooks"

        /// Tokens of both providers, mounted for the addresses of their stand-ins.
        private struct Mount {
            let folder: String

            func write(_ text: String, _ name: String) throws { try Data((text + "\n").utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
        }

        /// Runs `body` with a stack, a workspace of Notion and a space of Confluence that it may read.
        private static func with(
            _ body: (Stack, Mount, (stand: NotionStandIn, url: String), (stand: ConfluenceStandIn, url: String)) async throws -> Void
        ) async throws {
            let (notion, wiki) = (NotionStandIn(), ConfluenceStandIn(.dataCenter))
            try await withTemporaryDirectory { folder in
                let mount = Mount(folder: folder)
                try await LoopbackHTTPServer.withServer {
                    notion.respond(to: $0)
                } body: { notionServer in
                    try await LoopbackHTTPServer.withServer {
                        wiki.respond(to: $0)
                    } body: { wikiServer in
                        for (name, token, url) in [("notes", "ntn_test", notionServer.url), ("wiki", "ATATT3xFfGF0", wikiServer.url)] {
                            try mount.write(token, name)
                            try mount.write(url, name + ".origin")
                        }
                        let settings = [
                            "PORTOLAN_CREDENTIALS_DIR": folder, "PORTOLAN_NOTION_WEBHOOK_SECRET": secret,
                            "PORTOLAN_CONFLUENCE_WEBHOOK_SECRET": secret,
                        ]
                        try await Stack.with(settings) { stack in
                            try await body(stack, mount, (notion, notionServer.url), (wiki, wikiServer.url))
                        }
                    }
                }
            }
        }

        @Test func `signed webhooks of Notion and Confluence are found by agents, and a token that expires is an error`() async throws {
            try await Self.with { stack, mount, notion, wiki in
                notion.stand.save(page: 1, title: "Tides", blocks: NotionStandIn.block(100, "paragraph", text: "When the water rises."))
                wiki.stand.save(101, title: "Lights", "<p>How a lighthouse works.</p>")
                let notes = try await stack.api.createSource(
                    CreateSourceRequest(
                        webURL: "https://www.notion.so/", kind: "notion", options: ["api_url": notion.url, "credential": "notes"],
                        library: "notes"))
                let space = try await stack.api.createSource(
                    CreateSourceRequest(
                        webURL: "https://confluence.example.org/confluence/spaces/DOC", kind: "confluence",
                        options: ["api_url": wiki.url + "/confluence", "credential": "wiki"], library: "wiki"))
                try await stack.finds("water rises", on: NotionStandIn.id(1).filter { $0 != "-" }, library: "notes")
                try await stack.finds("lighthouse", on: "/x/ZQ", library: "wiki")
                try await stack.reaches("IDLE", source: notes.id)
                try await stack.reaches("IDLE", source: space.id)

                notion.stand.save(
                    page: 2, title: "Currents", blocks: NotionStandIn.block(101, "paragraph", text: "Where the water drifts."))
                wiki.stand.save(102, title: "Fog signals", "<p>A horn in thick fog.</p>")
                let event = Array(#"{"id":"one","type":"page.created","entity":{"id":"\#(NotionStandIn.id(2))","type":"page"}}"#.utf8)
                let created = wiki.stand.webhook("page_created", 102)
                var statuses: [Int] = []
                for key in ["another-secret", Self.secret, Self.secret] {
                    statuses.append(try await stack.deliver("notion", body: event, signature: "X-Notion-Signature", key: key))
                    statuses.append(try await stack.deliver("confluence", body: created, signature: "X-Hub-Signature", key: key))
                }
                #expect(statuses == [401, 401, 202, 202, 409, 409])
                try await stack.finds("where the water drifts", on: NotionStandIn.id(2).filter { $0 != "-" }, library: "notes")
                try await stack.finds("horn in thick fog", on: "/x/Zg", library: "wiki")
                try await stack.reaches("IDLE", source: space.id)

                // The token expires: somebody has to mend it, and nothing is taken for seen.
                let before = try await stack.api.source(space.id)
                try mount.write("expired", "wiki")
                wiki.stand.set("trashed", 101)
                _ = try await stack.api.syncSource(space.id)
                try await stack.reaches("ERROR", source: space.id)
                let failed = try await stack.api.source(space.id)
                #expect(failed.error?.message.contains("Unauthorized; the token has expired") == true, "\(failed)")
                #expect(failed.error?.hint != nil)
                #expect(failed.cursor == before.cursor && failed.queued == before.queued)
                try mount.write("ATATT3xFfGF0", "wiki")
                _ = try await stack.api.syncSource(space.id)
                try await eventually(within: .seconds(60)) {
                    try await stack.api.search("how a lighthouse works", library: "wiki").items.allSatisfy { !$0.url.contains("/x/ZQ") }
                }
                try await stack.reaches("IDLE", source: space.id)
                #expect(try await stack.api.source(space.id).cursor != before.cursor)
            }
        }
    }
}
