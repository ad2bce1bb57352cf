#pragma once

// A shared object for tests, loaded into a program with LD_PRELOAD: it counts the system calls that change what outlives the process, and
// ends the process by SIGKILL at one of them. Nothing of the product links with it and no program knows of it.
//
// DEATH_STEP=n   dies right before the n-th step; 0 or unset: lives on
// DEATH_FILES=1  counts what is done to files, and no statements
// DEATH_LOG=path a line for each step: its number and the call
//
// Steps: making, writing, syncing, renaming and removing of files and folders below a path (a descriptor above 2 that is a regular file), and
// what libpq sends to a local socket: before it is sent, and after it was sent and before the answer is read.
