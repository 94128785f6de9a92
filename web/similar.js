/* Which books are like the one that is being typed: compared by words, without case, accents and punctuation. */

const MOST = 5;

function wordsOf(text) {
	return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/* How much of what was typed is found: the last word may be unfinished. 0 to 1. */
function likeness(typed, words) {
	const found = typed.filter((word) => words.some((one) => one === word || (word.length > 2 && one.startsWith(word))));
	return typed.length === 0 ? 0 : found.length / typed.length;
}

/* The requests whose title, or title and author, are like these; the most alike first. */
export function similarTo(title, author, requests) {
	const typed = wordsOf(title);
	const typedAuthor = wordsOf(author);
	if (typed.join('').length < 3) {
		return [];
	}
	return requests
		.map((request) => ({
			request,
			score: likeness(typed, wordsOf(request.title)) + likeness(typedAuthor, wordsOf(request.author)) / 4,
		}))
		.filter(({ score }) => score >= 0.6)
		.sort((a, b) => b.score - a.score || b.request.id - a.request.id)
		.slice(0, MOST)
		.map(({ request }) => request);
}
