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

const SVG = 'http://www.w3.org/2000/svg';

/* An element of a drawing: svg('circle', {r: 5}). Attributes only: the pages' policy allows no styles in them. */
export function svg(tag, attributes = {}, ...children) {
	const element = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(attributes)) {
		element.setAttribute(name, value);
	}
	element.append(...children);
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

/*
 * A sentence's nodes, with what it quotes, such as a title, in elements of their own: a text that runs from right to left, or
 * turns the direction, does so no further than its quotation marks.
 */
export function quoting(sentence) {
	return sentence.split(/(?<=“)([^”]*)(?=”)/).map((part, i) => (i % 2 === 0 ? part : h('bdi', {}, part)));
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

/* Makes an element draw the eye for a moment; parts.css says how. */
export function flash(element) {
	element.classList.remove('changed');
	void element.offsetWidth; /* a restart of the animation needs a layout in between */
	element.classList.add('changed');
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
