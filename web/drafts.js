/*
 * What has been typed and not yet sent, kept over a change of page, a failure and a reload: in the browser's storage, by
 * user and form, and only until it is sent or the user logs out.
 */

const PREFIX = 'bookreq-draft';

function storage() {
	try {
		return localStorage;
	} catch {
		return null; /* forbidden: drafts then live as long as their form */
	}
}

function key(userId, form) {
	return `${PREFIX}:${userId}:${form}`;
}

/* The fields by name; {} without a draft. */
export function draft(userId, form) {
	try {
		return JSON.parse(storage()?.getItem(key(userId, form)) ?? '{}') ?? {};
	} catch {
		return {};
	}
}

export function keepDraft(userId, form, fields) {
	try {
		if (Object.values(fields).every((value) => value === '')) {
			storage()?.removeItem(key(userId, form));
		} else {
			storage()?.setItem(key(userId, form), JSON.stringify(fields));
		}
	} catch {
		/* full: as without storage */
	}
}

export function dropDraft(userId, form) {
	storage()?.removeItem(key(userId, form));
}

/* Whoever logs out leaves nothing behind for the next at this computer. */
export function dropDrafts(userId) {
	const kept = storage();
	for (const name of Object.keys(kept ?? {})) {
		if (name.startsWith(key(userId, ''))) {
			kept.removeItem(name);
		}
	}
}

/* Keeps what is typed into these fields (of form.js) as a draft, and puts back what is kept. */
export function keepTyped(userId, form, fieldList) {
	const kept = draft(userId, form);
	for (const one of fieldList) {
		one.input.value = kept[one.name] ?? one.input.value;
		one.input.addEventListener('input', () => {
			keepDraft(userId, form, Object.fromEntries(fieldList.map((each) => [each.name, each.input.value])));
		});
	}
}
