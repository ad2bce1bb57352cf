#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

// Hidden from Swift behind _GNU_SOURCE.
int syncfs(int descriptor);

// libarchive converts names to the character set of the thread's locale: with UTF-8 nothing is lost. Returns the locale to go back to; both
// are null when there is none.
static inline locale_t portolan_archive_enter_locale(locale_t *made) {
    *made = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return *made ? uselocale(*made) : (locale_t)0;
}

static inline void portolan_archive_leave_locale(locale_t before, locale_t made) {
    if (!made) return;
    uselocale(before);
    freelocale(made);
}
