/*
 * Building and patching the page. Text from users reaches the page as text nodes and attribute values only: there is
 * no way to hand markup to these functions.
 */

/* An element: h('p', {class: 'x', onclick: f, hidden: true}, 'text', element, null). */
export function h(tag, props = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(props)) {
		if (name.startsWith('on')) {
			element.addEventListener(name.slice(2), value);
		} else if (typeof value === 'boolean') {
			element.toggleAttribute(name, value);
		} else if (value !== null && value !== undefined) {
			element.setAttribute(name, value);
		}
	}
	element.append(...children.filter((child) => child !== null && child !== undefined));
	return element;
}

/* A link that a user gave: only http and https become links, anything else stays text. */
export function userLink(text) {
	let url = null;
	try {
		url = new URL(text);
	} catch {
		/* The server checks links too: what is no URL is shown as it is. */
	}
	if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
		return h('span', {}, text);
	}
	return h('a', { href: url.href, rel: 'noopener noreferrer nofollow', target: '_blank', title: text }, url.host);
}

/* A moment, short in the text and exact in the tooltip. */
export function time(iso) {
	const at = new Date(iso);
	const thisYear = at.getFullYear() === new Date().getFullYear();
	const short = at.toLocaleString('en-GB', {
		day: 'numeric', month: 'short', year: thisYear ? undefined : 'numeric', hour: '2-digit', minute: '2-digit',
	});
	return h('time', { datetime: iso, title: at.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'long' }) }, short);
}

/*
 * Makes container's children those of the views, in order. Elements that stay are not moved, so that the focus and what
 * is being typed survive.
 */
export function arrange(container, elements) {
	const wanted = new Set(elements);
	for (const child of [...container.children]) {
		if (!wanted.has(child)) {
			child.remove();
		}
	}
	let place = container.firstElementChild;
	for (const element of elements) {
		if (element === place) {
			place = place.nextElementSibling;
		} else {
			container.insertBefore(element, place);
		}
	}
}

/* Makes an element draw the eye for a moment; style.css says how. */
export function flash(element) {
	element.classList.remove('changed');
	void element.offsetWidth; /* a restart of the animation needs a layout in between */
	element.classList.add('changed');
}

let fields = 0;

/*
 * A labelled input or textarea with a place for its error. showError(null) clears it. The same id scheme joins label,
 * hint and error for assistive technology.
 */
export function field(name, label, { type = 'text', hint = null, rows = 0, ...attributes } = {}) {
	const id = `field-${++fields}`;
	const input = rows > 0
		? h('textarea', { id, name, rows, ...attributes })
		: h('input', { id, name, type, ...attributes });
	const error = h('p', { id: `${id}-error`, class: 'field-error', hidden: true });
	const describedBy = [`${id}-error`];
	let hintElement = null;
	if (hint !== null) {
		hintElement = h('p', { id: `${id}-hint`, class: 'hint' }, hint);
		describedBy.push(`${id}-hint`);
	}
	input.setAttribute('aria-describedby', describedBy.join(' '));
	const labelElement = h('label', { for: id }, label);
	return {
		name,
		input,
		label: labelElement,
		element: h('div', { class: 'field' }, labelElement, input, error, hintElement),
		showError(message) {
			error.textContent = message ?? '';
			error.hidden = message === null;
			if (message === null) {
				input.removeAttribute('aria-invalid');
			} else {
				input.setAttribute('aria-invalid', 'true');
			}
		},
	};
}

/* The API says what is wrong with a field without naming it ("is missing"); some messages are sentences already. */
function sentence(name, message) {
	return /^\p{Lu}/u.test(message) ? message : `${name} ${message}.`;
}

/*
 * Puts each of a problem's errors beside its field, and the focus into the first. Returns in one text those that belong
 * to no field here, or null.
 */
export function showFieldErrors(fieldList, errors) {
	let first = null;
	for (const one of fieldList) {
		const found = errors.find((error) => error.field === one.name);
		one.showError(found ? sentence(one.label.textContent, found.message) : null);
		if (found && first === null) {
			first = one;
		}
	}
	first?.input.focus();
	const rest = errors.filter((error) => !fieldList.some((one) => one.name === error.field));
	return rest.length === 0 ? null : rest.map((error) => sentence(error.field, error.message)).join(' ');
}

/* All of a problem: what concerns fields beside them, the rest as a text for the form, or null. */
export function showProblem(fieldList, problem) {
	const rest = showFieldErrors(fieldList, problem.errors);
	return problem.errors.length > 0 ? rest : problem.message;
}

/* Runs an action while its buttons are off, so that a double click acts once. */
export async function whileBusy(element, action) {
	if (element.getAttribute('aria-busy') === 'true') {
		return;
	}
	element.setAttribute('aria-busy', 'true');
	try {
		await action();
	} finally {
		element.removeAttribute('aria-busy');
	}
}
