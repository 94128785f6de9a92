/* Tables as files for spreadsheets: RFC 4180, with the mark by which Excel knows UTF-8. */

/* A cell that begins like a formula would be computed by the spreadsheet that opens the file: an apostrophe makes it text. */
function cell(value) {
	const text = value === null || value === undefined ? '' : String(value);
	const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(rows) {
	return `\uFEFF${rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')}`;
}

/* Gives the user a file. */
export function download(name, type, text) {
	const url = URL.createObjectURL(new Blob([text], { type }));
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}
