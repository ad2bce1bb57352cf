/// A question about Debian's documentation of git, with the sections that answer it.
struct GoldenQuestion: Sendable {
    let text: String
    /// Paths of sections: any of them is a hit.
    let sections: Set<String>

    init(_ text: String, _ sections: String...) {
        self.text = text
        self.sections = Set(sections)
    }

    /// The pages that are read; questions are about some of them, the others are there to be confused with.
    static let pages = [
        "git-add", "git-bisect", "git-blame", "git-branch", "git-cherry-pick", "git-clean", "git-commit", "git-gc", "git-grep", "git-init",
        "git-mv", "git-notes", "git-reflog", "git-remote", "git-reset", "git-restore", "git-revert", "git-rm", "git-stash", "git-submodule",
        "git-switch", "git-tag", "git-worktree", "gitcredentials", "githooks", "gitignore",
    ]

    static let all = [
        GoldenQuestion("stage file contents for the next commit", "/git-add.html#_synopsis"),
        GoldenQuestion("find the commit that introduced a bug by binary search", "/git-bisect.html#_synopsis"),
        GoldenQuestion("who last changed each line of a file", "/git-blame.html#_synopsis"),
        GoldenQuestion("list branches that are already merged", "/git-branch.html#_synopsis"),
        GoldenQuestion("apply the changes of an existing commit onto this branch", "/git-cherry-pick.html"),
        GoldenQuestion("delete untracked files from the working tree", "/git-clean.html"),
        GoldenQuestion("change the message of the last commit", "/git-commit.html#_synopsis"),
        GoldenQuestion("compress the repository and drop unreachable objects", "/git-gc.html#_synopsis"),
        GoldenQuestion("search for a pattern in tracked files", "/git-grep.html#_synopsis"),
        GoldenQuestion("create an empty repository", "/git-init.html"),
        GoldenQuestion("rename a tracked file", "/git-mv.html"),
        GoldenQuestion("attach a remark to a commit without changing it", "/git-notes.html#_synopsis"),
        GoldenQuestion("see where a branch pointed some time ago", "/git-reflog.html"),
        GoldenQuestion("change the URL of a remote", "/git-remote.html"),
        GoldenQuestion("undo a commit but keep the changes in the working tree", "/git-reset.html#_synopsis"),
        GoldenQuestion("discard local changes to a file", "/git-restore.html"),
        GoldenQuestion("make a new commit that undoes an earlier one", "/git-revert.html"),
        GoldenQuestion("stop tracking a file but keep it on disk", "/git-rm.html"),
        GoldenQuestion("put uncommitted work aside and bring it back later", "/git-stash.html#_synopsis", "/git-stash.html#_discussion"),
        GoldenQuestion("include another repository as a subdirectory", "/git-submodule.html#_synopsis"),
        GoldenQuestion("switch to a new branch", "/git-switch.html#_synopsis"),
        GoldenQuestion("sign a release tag with GPG", "/git-tag.html#_synopsis"),
        GoldenQuestion("check out a second branch in another directory", "/git-worktree.html#_synopsis"),
        GoldenQuestion("remember my password so that I am not asked again", "/gitcredentials.html#_synopsis"),
        GoldenQuestion("run a script before each commit", "/githooks.html#_synopsis", "/git-commit.html#_hooks"),
        GoldenQuestion("keep build products out of version control", "/gitignore.html"),
        GoldenQuestion("git stash pop", "/git-stash.html#_synopsis"),
        GoldenQuestion("git bisect run", "/git-bisect.html#_bisect_run"),
        GoldenQuestion("pre-receive", "/githooks.html#pre-receive"),
        GoldenQuestion("receive.denyCurrentBranch", "/githooks.html#_push_to_checkout"),
    ]
}
