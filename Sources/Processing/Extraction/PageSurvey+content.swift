extension PageSurvey {
    /// The element that holds the page's content; the root of the tree when nothing better is found, nil when the tree is empty.
    func contentRoot(of tree: HTMLTree) -> Int? {
        guard !tree.nodes.isEmpty else { return nil }
        var best: [Int?] = [nil, nil, nil, nil, nil]
        var body = 0
        var index = 0
        while index < tree.nodes.count {
            let node = tree.nodes[index]
            if isDropped[index] {
                index = Int(node.end)
                continue
            }
            if node.tag == .body { body = index }
            if let tier = tier(index, tree), best[tier].map({ visibleText($0) < visibleText(index) }) ?? true { best[tier] = index }
            index += 1
        }
        let all = visibleText(body)
        // Themes' own names are sure; the rest must hold a fair share of what is visible on the page.
        for (tier, share) in [0.0, 0.25, 0.5, 0.25, 0.5].enumerated() {
            if let candidate = best[tier], Double(visibleText(candidate)) >= Double(all) * share,
                tier == 0 || visibleText(candidate) > 0
            {
                return candidate
            }
        }
        return densest(from: body, tree)
    }

    private func tier(_ index: Int, _ tree: HTMLTree) -> Int? {
        let role = roles[index]
        let tag = tree.nodes[index].tag
        if role.contains(.content) || tree.attributeBytes(.itemprop, of: index)?.elementsEqual("articleBody".utf8) == true { return 0 }
        if tree.attributeBytes(.role, of: index)?.elementsEqual("main".utf8) == true { return 1 }
        if tag == .article { return 2 }
        if tag == .main { return 3 }
        if role.contains(.likelyContent), tag == .div || tag == .section || tag == .td { return 4 }
        return nil
    }

    /// Walks down from `start` as long as one child holds nearly all of the text that is not linked and every heading of the first level.
    private func densest(from start: Int, _ tree: HTMLTree) -> Int {
        var current = start
        while true {
            let own = visibleText(current) - linkedText(current)
            var next: Int?
            var child = current + 1
            while child < Int(tree.nodes[current].end) {
                let node = tree.nodes[child]
                if node.tag == .div || node.tag == .section || node.tag == .article || node.tag == .center || node.tag == .table
                    || node.tag == .form || node.tag == .tbody || node.tag == .tr || node.tag == .td,
                    !isDropped[child], (visibleText(child) - linkedText(child)) * 10 >= own * 8, own > 0,
                    firstHeadings(child) == firstHeadings(current)
                {
                    next = child
                }
                child = Int(node.end)
            }
            guard let next else { return current }
            current = next
        }
    }
}
