// The house has an order: a room uses only the rooms above it, a part of the harness only the parts before it.
// Fails on any #include and on any CMake link line that runs against it.
import assert from 'node:assert/strict';
import {mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';

const ROOMS = ['run-options', 'net', 'pages', 'store', 'harness', 'webhook', 'monitors', 'tools'];

// What each part of the harness may include of the others; the files at the top of harness/ are its face.
const PARTS = {
    run: [],
    expression: ['run'],
    script: ['run', 'expression'],
    test: ['run', 'expression', 'script'],
    endpoint: ['run', 'expression', 'script', 'test'],
    webrtc: ['run', 'expression', 'script', 'test'],
    report: ['run'],
    executor: ['run', 'expression', 'script', 'test', 'endpoint', 'webrtc', 'report'],
};

function filesBelow(folder) {
    return readdirSync(folder, {withFileTypes: true})
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
            const path = join(folder, entry.name);
            if (entry.isDirectory()) return ['build', 'node_modules', '.git'].includes(entry.name) ? [] : filesBelow(path);
            return [path];
        });
}

/** Room and, inside the harness, part of a path such as "harness/run/run.hpp"; undefined outside the rooms. */
function placeOf(path) {
    const [room, ...rest] = path.split('/');
    if (!ROOMS.includes(room)) return undefined;
    if (room !== 'harness') return {room};
    return {room, part: rest.length > 1 ? rest[0] : 'executor'};
}

/** Why `from` may not include `to`; undefined when it may. */
function objection(from, to) {
    if (ROOMS.indexOf(to.room) > ROOMS.indexOf(from.room)) return `${from.room} lies above ${to.room}`;
    if (from.room !== 'harness' || to.room !== 'harness' || from.part === to.part) return undefined;
    for (const {part} of [from, to]) if (!(part in PARTS)) return `harness/${part} has no place in the order`;
    return PARTS[from.part].includes(to.part) ? undefined : `harness/${from.part} may not use harness/${to.part}`;
}

/** Include lines of a C++ file, those in comments left out. */
function includesOf(source) {
    const code = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
    return code.split('\n').flatMap((line, index) => {
        const match = line.match(/^\s*#\s*include\s*(["<])([^">]+)[">]/);
        return match ? [{line: index + 1, target: match[2], quoted: match[1] === '"'}] : [];
    });
}

function checkIncludes(root, path) {
    const from = placeOf(path);
    return includesOf(readFileSync(join(root, path), 'utf8')).flatMap(({line, target, quoted}) => {
        const to = placeOf(target);
        const where = `${path}:${line}: #include ${target}: `;
        if (to) {
            const why = objection(from, to);
            return why ? [where + why] : [];
        }
        // A path from the including file would slip past the check above.
        const beside = relative(root, resolve(root, dirname(path), target));
        return quoted && existsSync(join(root, beside)) ? [where + `write it from the root: ${beside}`] : [];
    });
}

const DEFINING = ['ringback_room', 'ringback_program', 'add_library', 'add_executable'];
const LINKING = ['ringback_room', 'ringback_program', 'target_link_libraries'];

/** Calls of some CMake commands, with the words of each. */
function callsOf(commands, source) {
    const code = source.replace(/#[^\n]*/g, '');
    const pattern = new RegExp(`\\b(${commands.join('|')})\\s*\\(([^)]*)\\)`, 'gi');
    return [...code.matchAll(pattern)].map((match) => {
        const [name, ...words] = match[2].split(/[\s;"]+/).filter(Boolean);
        return {line: code.slice(0, match.index).split('\n').length, command: match[1], name, words};
    });
}

/** The room of each CMake target: a room itself, or a library that a room defines beside its own. */
function roomsOfTargets(root, lists) {
    const rooms = new Map(ROOMS.map((room) => [room, room]));
    for (const path of lists) {
        const room = placeOf(path)?.room;
        for (const {name} of callsOf(DEFINING, readFileSync(join(root, path), 'utf8')))
            if (room && !rooms.has(name)) rooms.set(name, room);
    }
    return rooms;
}

function checkLinks(root, path, rooms) {
    return callsOf(LINKING, readFileSync(join(root, path), 'utf8')).flatMap(({line, command, name, words}) => {
        const room = rooms.get(name) ?? placeOf(path)?.room;
        if (!room) return [];
        return words
            .filter((word) => rooms.has(word) && ROOMS.indexOf(rooms.get(word)) > ROOMS.indexOf(room))
            .map((word) => `${path}:${line}: ${command}(${name}) links ${word}: ${room} lies above ${rooms.get(word)}`);
    });
}

/** Everything in the tree below `root` that runs against the order, one line each. Tests may use every room. */
function violations(root) {
    const paths = filesBelow(root)
        .map((path) => relative(root, path))
        .filter((path) => !path.startsWith('tests/'));
    const lists = paths.filter((path) => /(^|\/)CMakeLists\.txt$|\.cmake$/.test(path));
    const sources = paths.filter((path) => placeOf(path) && /\.(c|cc|cpp|h|hpp|ipp|inc)$/.test(path));
    const rooms = roomsOfTargets(root, lists);
    return [
        ...sources.flatMap((path) => checkIncludes(root, path)),
        ...lists.flatMap((path) => checkLinks(root, path, rooms)),
    ];
}

function withTree(files, check) {
    const root = mkdtempSync(join(tmpdir(), 'house-'));
    try {
        for (const [path, content] of Object.entries(files)) {
            mkdirSync(dirname(join(root, path)), {recursive: true});
            writeFileSync(join(root, path), content);
        }
        check(root);
    } finally {
        rmSync(root, {recursive: true});
    }
}

test('no include and no link line of ringback runs against the order of the house', () => {
    const root = process.env.RINGBACK_SOURCE ?? resolve(dirname(fileURLToPath(import.meta.url)), '../..');
    const seen = filesBelow(root).map((path) => placeOf(relative(root, path))?.room);
    assert.deepEqual(ROOMS.filter((room) => !seen.includes(room)), [], 'every room is there to be checked');
    assert.deepEqual(violations(root), []);
});

test('includes upwards, sideways and past the root are found', () => {
    const files = {
        'net/a.hpp': '#pragma once\n#include "store/store.hpp"\n#include "run-options/parse_error.hpp"\n',
        'run-options/b.cpp': '  #  include <net/a.hpp>\n#include <vector>\n',
        'net/c.cpp': '#include "../store/store.hpp"\n#include "a.hpp"\n',
        'store/store.hpp': '/*\n#include "tools/x.hpp"\n*/\n// #include "tools/x.hpp"\n',
        'harness/endpoint/e.hpp': '#include "harness/webrtc/w.hpp"\n#include "harness/test/t.hpp"\n',
        'harness/webrtc/w.hpp': '#include "harness/endpoint/e.hpp"\n#include "net/a.hpp"\n',
        'harness/report/r.cpp': '#include "harness/run/run.hpp"\n#include "harness/test/t.hpp"\n',
        'harness/run/run.hpp': '#include "harness/expression/x.hpp"\n',
        'harness/test/t.hpp': '#include "harness/executor.hpp"\n',
        'harness/executor.hpp': '#include "harness/report/r.hpp"\n#include "webhook/message.hpp"\n',
        'harness/attic/a.hpp': '#include "harness/run/run.hpp"\n',
        'monitors/m.cpp': '#include "harness/executor.hpp"\n#include "webhook/message.hpp"\n#include "tools/t.hpp"\n',
        'tests/unit/t.cpp': '#include "tools/t.hpp"\n',
    };
    withTree(files, (root) => {
        assert.deepEqual(violations(root), [
            'harness/attic/a.hpp:1: #include harness/run/run.hpp: harness/attic has no place in the order',
            'harness/endpoint/e.hpp:1: #include harness/webrtc/w.hpp: harness/endpoint may not use harness/webrtc',
            'harness/executor.hpp:2: #include webhook/message.hpp: harness lies above webhook',
            'harness/report/r.cpp:2: #include harness/test/t.hpp: harness/report may not use harness/test',
            'harness/run/run.hpp:1: #include harness/expression/x.hpp: harness/run may not use harness/expression',
            'harness/test/t.hpp:1: #include harness/executor.hpp: harness/test may not use harness/executor',
            'harness/webrtc/w.hpp:1: #include harness/endpoint/e.hpp: harness/webrtc may not use harness/endpoint',
            'monitors/m.cpp:3: #include tools/t.hpp: monitors lies above tools',
            'net/a.hpp:2: #include store/store.hpp: net lies above store',
            'net/c.cpp:1: #include ../store/store.hpp: write it from the root: store/store.hpp',
            'net/c.cpp:2: #include a.hpp: write it from the root: net/a.hpp',
            'run-options/b.cpp:1: #include net/a.hpp: run-options lies above net',
        ]);
    });
});

test('link lines against the order are found, wherever they stand', () => {
    const files = {
        'net/CMakeLists.txt': '# USES store\nringback_room(net\n    SOURCES a.cpp # store\n    USES run-options store)\n',
        'store/extra.cmake': 'target_link_libraries(store PUBLIC run-options "harness;fmt::fmt")\n',
        'cmake/all.cmake': 'target_link_libraries(run-options PRIVATE net)\ntarget_link_libraries(boost_io PUBLIC z)\n',
        'tools/x/CMakeLists.txt': 'ringback_program(x SOURCES main.cpp USES monitors webhook net)\n',
        'webhook/CMakeLists.txt': 'add_library(signature STATIC s.cpp)\ntarget_link_libraries(signature PUBLIC monitors)\n',
        'harness/CMakeLists.txt': 'ringback_room(harness USES run-options net\n    LIBRARIES signature)\n',
        'tests/CMakeLists.txt': 'ringback_program(child SOURCES c.cpp USES store)\n',
    };
    withTree(files, (root) => {
        assert.deepEqual(violations(root), [
            'cmake/all.cmake:1: target_link_libraries(run-options) links net: run-options lies above net',
            'harness/CMakeLists.txt:1: ringback_room(harness) links signature: harness lies above webhook',
            'net/CMakeLists.txt:2: ringback_room(net) links store: net lies above store',
            'store/extra.cmake:1: target_link_libraries(store) links harness: store lies above harness',
            'webhook/CMakeLists.txt:2: target_link_libraries(signature) links monitors: webhook lies above monitors',
        ]);
    });
});
